//! Undertone turns a written session into finished sound: a calm voice, silences of exactly the length that
//! was asked for, and an ambience underneath.
//!
//! The modules stand in the order of the pipeline. Each knows those before it and none after it.

pub mod audio;
pub mod bed;
pub mod error;
pub mod master;
pub mod mix;
pub mod plan;
pub mod script;
pub mod session;
pub mod sink;
pub mod speech;
pub mod timeline;
