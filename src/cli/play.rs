//! `undertone play`.
#![allow(dead_code, reason = "the command that calls it is not there yet")]

mod keys;
mod lines;
mod screen;
mod signals;
mod stage;
mod terminal;
