//! Rule pages on a terminal: headings bold, code as it is, links as text and address. Only what
//! our own pages use.

use anstyle::{AnsiColor, Style};

const BOLD: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

/// Text in bold.
pub fn bold(text: &str) -> String {
    format!("{BOLD}{text}{BOLD:#}")
}

/// A page with styles in place of its markup.
pub fn styled(page: &str) -> String {
    let mut out = String::new();
    let mut in_fence = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        let drawn = match line.trim_start_matches('#') {
            _ if in_fence => format!("    {line}"),
            heading if heading.len() < line.len() && heading.starts_with(' ') => bold(&unlinked(heading.trim())),
            _ => inline(&unlinked(line)),
        };
        out.push_str(drawn.trim_end());
        out.push('\n');
    }
    out
}

/// `` `code` `` and `**strong**`, where they are closed on the line.
fn inline(line: &str) -> String {
    let strong = replaced(line, "**", bold);
    replaced(&strong, "`", |text| format!("{CODE}{text}{CODE:#}"))
}

fn replaced(line: &str, mark: &str, style: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(mark) {
        let Some((inside, behind)) = after.split_once(mark) else { break };
        out.push_str(before);
        out.push_str(&style(inside));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// `[text](address)` as `text (address)`.
fn unlinked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after
            .split_once("](")
            .and_then(|(text, tail)| tail.split_once(')').map(|(to, behind)| (text, to, behind)))
        {
            Some((text, to, behind)) if !text.contains('[') => {
                out.push_str(&if text == to { text.to_owned() } else { format!("{text} ({to})") });
                rest = behind;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::plain;

    #[test]
    fn a_page_reads_as_text() {
        let page = "# misordered\n\nSee [RFC 5246](https://rfc.example) **now**, `-i` and a[0].\n\n```sh\nfix # it\n```\n#hash\n";
        let styled = styled(page);
        assert_eq!(
            plain(&styled),
            "misordered\n\nSee RFC 5246 (https://rfc.example) now, -i and a[0].\n\n    fix # it\n#hash\n"
        );
        assert!(styled.starts_with(&bold("misordered")));
    }

    #[test]
    fn open_marks_stay() {
        assert_eq!(plain(&styled("a ` b ** c\n")), "a ` b ** c\n");
    }
}
