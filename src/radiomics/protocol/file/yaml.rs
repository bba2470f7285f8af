//! YAML as far as parameter files use it: mappings, lists and plain values, each with its line.
//!
//! Anchors, aliases, tags and further documents are refused, so that no text grows beyond its own size; size and depth are
//! bounded before anything is built. Values keep their spelling: whether `2` or `2.0` was written decides a feature's name.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::ProtocolError;

/// Bytes of the longest text that is read; PyRadiomics' own examples have 5,000.
pub const MOST_BYTES: usize = 1 << 16;
/// Mappings and lists within one another; parameter files have four.
const MOST_DEPTH: usize = 8;
/// Letters of a value that are quoted in a message.
const QUOTED: usize = 40;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text; `is_plain` when it stands without quotes, so that it may be a number, a truth value or nothing.
    Scalar {
        text: String,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key, where it stands, and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub line: usize,
    pub node: Node,
}

/// Reads a text that is one mapping.
pub fn read(text: &str) -> Result<Vec<Entry>, ProtocolError> {
    if text.len() > MOST_BYTES {
        return Err(ProtocolError::TooLong { most: MOST_BYTES });
    }
    let mut reader = Reader { events: Parser::new_from_str(text) };
    let mut root = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            Event::StreamEnd => break,
            _ if root.is_some() => return Err(part(span, "a second document", "put each protocol into its own file")),
            event => root = Some(reader.node(event, span, 0)?),
        }
    }
    match root {
        Some(Node { value: Value::Map(entries), .. }) => Ok(entries),
        Some(node) if node.is_null() => Err(ProtocolError::Empty),
        Some(node) => Err(ProtocolError::Part {
            line: node.line,
            part: "no mapping",
            advice: "begin with imageType, featureClass or setting, each followed by a colon",
        }),
        None => Err(ProtocolError::Empty),
    }
}

impl Node {
    /// Whether nothing stands there, or the word for it.
    pub fn is_null(&self) -> bool {
        self.plain().is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a value without quotes.
    pub fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, is_plain: true } => Some(text),
            _ => None,
        }
    }

    /// The text of a value, with quotes or without; none where nothing stands.
    pub fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// What stands there, in words for a message.
    pub fn in_words(&self) -> String {
        match &self.value {
            _ if self.is_null() => "nothing".to_owned(),
            Value::Scalar { text, is_plain } => {
                let mut quoted: String = text.chars().take(QUOTED).collect();
                if quoted.len() < text.len() {
                    quoted.push('…');
                }
                if *is_plain { quoted } else { format!("the text {quoted:?}") }
            }
            Value::List(items) => {
                let items: Vec<String> = items.iter().take(4).map(Node::in_words).collect();
                format!("the list [{}]", items.join(", "))
            }
            Value::Map(entries) if entries.is_empty() => "a mapping without entries".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, ProtocolError> {
        let event = self.events.next_event().transpose();
        event.map_err(|error| ProtocolError::NotYaml { line: error.marker().line(), problem: error.info().to_owned() })
    }

    /// The next event where the text must go on.
    fn more(&mut self, span: Span) -> Result<(Event<'a>, Span), ProtocolError> {
        let ended = ProtocolError::NotYaml { line: span.start.line(), problem: "it ends too early".to_owned() };
        self.next()?.ok_or(ended)
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, ProtocolError> {
        let line = span.start.line();
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                (*anchor, tag.is_some())
            }
            _ => (1, false),
        };
        if anchor > 0 {
            return Err(part(span, "an anchor or alias", "write the value out at each place"));
        }
        if tag {
            return Err(part(span, "a tag", "take it out: types follow from the keys"));
        }
        if depth > MOST_DEPTH {
            return Err(part(span, "too many levels", "settings stand at most three levels deep"));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => Value::List(self.list(span, depth)?),
            _ => Value::Map(self.map(span, depth)?),
        };
        Ok(Node { line, value })
    }

    fn list(&mut self, start: Span, depth: usize) -> Result<Vec<Node>, ProtocolError> {
        let mut items = Vec::new();
        loop {
            match self.more(start)? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, start: Span, depth: usize) -> Result<Vec<Entry>, ProtocolError> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.more(start)?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let Node { line, value: Value::Scalar { text: key, .. } } = self.node(event, span, depth + 1)? else {
                return Err(part(span, "a key that is no word", "give the name of a setting"));
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                return Err(ProtocolError::Twice { key, first: first.line, line });
            }
            let (event, span) = self.more(span)?;
            let node = self.node(event, span, depth + 1)?;
            entries.push(Entry { key, line, node });
        }
    }
}

fn part(span: Span, part: &'static str, advice: &'static str) -> ProtocolError {
    ProtocolError::Part { line: span.start.line(), part, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_mapping_knows_its_lines_and_spellings() {
        let entries = read("# why\na: 2.0\nb:\n  - 'x'\n  - 1\nc: {d: }\n").unwrap();
        let [a, b, c] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((a.key.as_str(), a.line, a.node.plain()), ("a", 2, Some("2.0")));
        let Value::List(items) = &b.node.value else { panic!("{b:?}") };
        assert_eq!((items[0].plain(), items[0].word(), items[1].line), (None, Some("x"), 5));
        let Value::Map(within) = &c.node.value else { panic!("{c:?}") };
        assert!(within[0].node.is_null());
    }

    #[test]
    fn what_grows_or_nests_without_end_is_refused() {
        assert!(refused("a: &x [1]\nb: *x\n").starts_with("line 1 of the parameter file has an anchor"));
        assert!(refused(&format!("a: {}{}", "[".repeat(20), "]".repeat(20))).contains("too many levels"));
        assert!(refused(&"[".repeat(MOST_BYTES)).contains("line 1"));
        assert!(refused(&" ".repeat(MOST_BYTES + 1)).contains("more than 65536 bytes"));
        assert!(refused("a: !!python/object x\n").contains("a tag"));
        assert!(refused("a: 1\n---\nb: 2\n").contains("a second document"));
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        assert_eq!(read(""), Err(ProtocolError::Empty));
        assert_eq!(read("# nothing but a comment\n"), Err(ProtocolError::Empty));
        assert!(refused("- a\n").contains("no mapping"));
        assert!(refused("a: [1\nb: 2\n").contains("is not YAML"));
        assert!(refused("a: 1\n\nA: 2\na: 3\n").contains("\"a\" stands on line 1 and again on line 4"));
        assert!(refused("? [a]\n: 1\n").contains("a key that is no word"));
    }
}
