//! JSON against JSON Schemas: our own, taken strictly, and others.

use std::path::Path;
use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

/// A schema, ready to hold values against.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// The part of `schema` that a JSON pointer leads to.
    pub fn new(schema: Value, pointer: &str) -> Self {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.enable_format_assertions();
        compiler.add_resource("https://schema.test/schema.json", schema).expect("a schema is JSON");
        let location = format!("https://schema.test/schema.json#{pointer}");
        let index = compiler.compile(&location, &mut schemas).unwrap_or_else(|error| panic!("{location}: {error:#}"));
        Self { schemas, index }
    }

    /// What is wrong with a value.
    pub fn fault(&self, value: &Value) -> Option<String> {
        self.schemas.validate(value, self.index).err().map(|error| format!("{error:#}"))
    }
}

/// samples/report.schema.json as it is.
pub fn published() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/report.schema.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut schema: Value = serde_json::from_slice(&text).expect("the schema is JSON");
    // Its name is where it will be; here nothing is fetched.
    schema.as_object_mut().expect("an object").remove("$id");
    schema
}

/// The same with no field but those that it names: what the program writes is described in full.
pub fn strict() -> Value {
    let mut schema = published();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(array) => array.iter_mut().for_each(close),
        _ => {}
    }
}

/// What is wrong with a JSON report.
pub fn report_fault(report: &Value) -> Option<String> {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::new(strict(), "")).fault(report)
}

/// What is wrong with a line of an NDJSON report.
pub fn line_fault(line: &Value) -> Option<String> {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::new(strict(), "/$defs/line")).fault(line)
}
