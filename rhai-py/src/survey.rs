//! Is it safe to optimise a script? Decided from its tokens, before the optimiser runs.
//!
//! The optimiser copies constants to where they are used and computes with the copies, without
//! any limit: forty lines of `const B = A + A;` are enough to exhaust a machine.

use rhai::Token;

/// Bytes that copies of constants may come to.
const MOST: usize = 4 * 1024 * 1024;
/// What a token of a constant array or map may become.
const BYTES_PER_TOKEN: usize = 64;

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
    constant_bytes: usize,
}

impl Survey {
    pub fn see(&mut self, token: &Token) {
        self.identifiers += usize::from(matches!(token, Token::Identifier(_)));
        match token {
            Token::Switch => self.switches = true,
            Token::Const => self.part = Part::Name,
            Token::Equals if self.part == Part::Name => self.part = Part::Value,
            Token::SemiColon => self.part = Part::Outside,
            _ if self.part == Part::Value => self.see_value(token),
            _ => {}
        }
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
