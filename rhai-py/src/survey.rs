//! Is it safe to run a script, and to optimise it? Decided from its tokens, before either is done.
//!
//! A call of an unknown function costs the square of its arguments, in one operation.
//!
//! The optimiser copies constants to where they are used and computes with the copies, without
//! any limit: forty lines of `const B = A + A;` are enough to exhaust a machine.

use rhai::Token;

/// Bytes that copies of constants may come to.
const MOST: usize = 4 * 1024 * 1024;
/// What a token of a constant array or map may become.
const BYTES_PER_TOKEN: usize = 64;
/// Commas between two parentheses.
const COMMAS: usize = 255;

/// Where in a constant's definition the last token was.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Outside,
    Name,
    Value,
}

#[derive(Default)]
pub struct Survey {
    /// The script uses `switch`.
    pub switches: bool,
    part: Part,
    /// Some constant is a string, an array or a map.
    growing: bool,
    /// Some constant may be computed from another.
    derived: bool,
    identifiers: usize,
    /// Commas so far, for each bracket that is open.
    open: Vec<usize>,
    constant_bytes: usize,
}

impl Survey {
    /// Take the next token into account; false if it is one argument too many.
    pub fn see(&mut self, token: &Token) -> bool {
        self.identifiers += usize::from(matches!(token, Token::Identifier(_)));
        match token {
            Token::Switch => self.switches = true,
            Token::Const => self.part = Part::Name,
            Token::Equals if self.part == Part::Name => self.part = Part::Value,
            Token::SemiColon => self.part = Part::Outside,
            _ if self.part == Part::Value => self.see_value(token),
            _ => {}
        }
        self.counts(token)
    }

    /// Only what stands between parentheses is counted: an array may have any number of values.
    fn counts(&mut self, token: &Token) -> bool {
        match token {
            Token::LeftParen => self.open.push(0),
            Token::LeftBracket | Token::QuestionBracket | Token::LeftBrace | Token::MapStart => {
                self.open.push(usize::MAX)
            }
            Token::RightParen | Token::RightBracket | Token::RightBrace => {
                self.open.pop();
            }
            Token::Comma => {
                if let Some(commas) = self.open.last_mut().filter(|commas| **commas < COMMAS + 1) {
                    *commas += 1;
                    return *commas <= COMMAS;
                }
            }
            _ => {}
        }
        true
    }

    fn see_value(&mut self, token: &Token) {
        self.constant_bytes += BYTES_PER_TOKEN;
        match token {
            Token::StringConstant(text) | Token::InterpolatedString(text) => {
                self.growing = true;
                self.constant_bytes += text.len();
            }
            Token::LeftBracket | Token::MapStart => self.growing = true,
            Token::Identifier(_) | Token::LeftBrace => self.derived = true,
            _ => {}
        }
    }

    pub fn allows_optimising(&self) -> bool {
        let copies = self.constant_bytes.saturating_mul(self.identifiers);
        !self.growing || (!self.derived && copies <= MOST)
    }
}
