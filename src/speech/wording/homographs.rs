//! Homographs.
use super::tokens::Token;

pub(super) fn read(tokens: Vec<Token>) -> Vec<Token> {
    tokens
}
