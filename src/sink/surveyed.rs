//! A sink whose frames are measured on their way.

use super::{Sink, SinkError};
use crate::{
    audio::Stereo,
    master::{Report, Survey},
};

/// Hands every frame on, and measures all of them when there is a survey.
pub struct Surveyed<S> {
    /// Where the frames go.
    pub sink: S,
    /// What measures them.
    pub survey: Option<Survey>,
}

impl<S: Sink> Sink for Surveyed<S> {
    type Done = (S::Done, Option<Report>);

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        if let Some(survey) = &mut self.survey {
            survey.add(block);
        }
        self.sink.write(block)
    }

    fn finish(self) -> Result<Self::Done, SinkError> {
        Ok((self.sink.finish()?, self.survey.map(|survey| survey.report())))
    }
}
