//! For people.

use super::{Ending, Form, Said, Teller};
use crate::judged::Judged;
use crate::problem::Problem;
use crate::render::many::{Gist, Many};
use crate::render::{self, View};

/// What the report keeps of a bundle: all, where it is on that bundle alone.
pub enum Part {
    /// It is the only one.
    Alone(Box<Judged>),
    /// It is one of many.
    Gist(Box<Gist>),
}

impl Part {
    /// Of one of so many bundles.
    pub fn of(judged: Judged, bundles: usize, view: &View) -> Self {
        if bundles == 1 && render::is_alone(&judged, view) {
            Self::Alone(Box::new(judged))
        } else {
            Self::Gist(Box::new(Gist::of(&judged, view)))
        }
    }
}

/// The report as it grows.
#[derive(Default)]
pub struct Text {
    alone: Option<Box<Judged>>,
    many: Many,
}

impl Form for Text {
    fn begin(&mut self, teller: &Teller<'_>) -> String {
        if teller.bundles == 0 { String::new() } else { render::header(&teller.view) }
    }

    fn add(&mut self, said: Said) -> String {
        let Said::Text(part) = said else { return String::new() };
        match part {
            Part::Gist(gist) => return self.many.add(*gist),
            // How long it took is known at the end.
            Part::Alone(judged) => self.alone = Some(judged),
        }
        String::new()
    }

    fn end(&mut self, teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        let view = View { milliseconds: ending.milliseconds, ..teller.view.clone() };
        put(&match &self.alone {
            _ if view.quiet >= 2 => String::new(),
            Some(alone) if view.quiet > 0 && !alone.needs_attention() => String::new(),
            Some(alone) => render::one(alone, &view),
            None if teller.bundles == 0 => render::nothing(&view),
            None => std::mem::take(&mut self.many).end(&view),
        });
        Ok(())
    }
}
