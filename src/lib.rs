//! Undertone turns a written session into finished sound: a calm voice, silences of exactly the length that
//! was asked for, and an ambience underneath.
//!
//! The modules stand in the order of the pipeline. Each knows those before it and none after it.

pub mod audio;
pub mod script;
pub mod plan;
pub mod speech;
pub mod timeline;
pub mod bed;
pub mod mix;
pub mod master;
pub mod sink;
pub mod captions;
pub mod plot;
pub mod session;
pub mod player;
pub mod library;
pub mod error;
