//! What a line asks.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// What is asked. Both fields are as they were written until it is known that they can be read.
#[derive(Default)]
pub struct Question<'a> {
    /// Nothing where it stands twice: nobody knows which one is meant.
    pub id: Option<&'a RawValue>,
    pub pem: Option<&'a RawValue>,
    /// Whether one of them stands twice.
    pub is_ambiguous: bool,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Id,
    Pem,
    #[serde(other)]
    Other,
}

impl<'a> Deserialize<'a> for Question<'a> {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'a> Visitor<'a> for Fields {
    type Value = Question<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut fields: A) -> Result<Question<'a>, A::Error> {
        let (mut id, mut pem) = (None, None);
        let (mut ids, mut pems) = (0_usize, 0_usize);
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Id => (id, ids) = (fields.next_value()?, ids + 1),
                Field::Pem => (pem, pems) = (fields.next_value()?, pems + 1),
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Question { id: if ids > 1 { None } else { id }, pem, is_ambiguous: ids > 1 || pems > 1 })
    }
}
