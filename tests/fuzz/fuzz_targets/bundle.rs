//! Any bytes are read: no panic, spans within the text, in order.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let bundle = chainmend::bundle::read("fuzz", bytes);
    let mut end = 0;
    for item in &bundle.items {
        assert!(item.span.start <= item.span.end && item.span.end <= bundle.text.len());
        assert!(item.span.end >= end && item.lines.0 <= item.lines.1);
        end = item.span.end;
    }
});
