//! JPEG Lossless, Huffman (ITU-T T.81 annex H, process 14): one component of 2 to 16 bits, all seven predictors, point
//! transform and restart intervals. Hierarchical and arithmetic coding are not read.
//!
//! It is written out here because a slice has to decode in a few milliseconds and a hostile header must not decide how much
//! memory is taken.

use super::super::FileFault;
use super::super::image::PixelLayout;

/// Bits that the first table looks at; longer codes take the slow way.
const LOOKAHEAD: u32 = 12;

pub(super) fn decode(bytes: &[u8], layout: &PixelLayout) -> Result<Vec<u16>, FileFault> {
    let scan = read_segments(bytes, layout)?;
    let mut out = vec![0u16; layout.pixels()];
    let columns = layout.columns;
    let rows_per_interval = match scan.restart_interval {
        0 => layout.rows,
        interval if interval % columns == 0 => interval / columns,
        _ => return Err(FileFault::Unsupported("JPEG Lossless with restarts inside a row".into())),
    };
    let mut unstuffed = Vec::with_capacity(scan.data.len() + 8);
    let mut rest = scan.data;
    for interval in out.chunks_mut(rows_per_interval * columns) {
        rest = unstuff(rest, &mut unstuffed);
        decode_interval(&unstuffed, &scan, columns, interval)?;
    }
    if scan.point_transform > 0 {
        out.iter_mut().for_each(|value| *value <<= scan.point_transform);
    }
    Ok(out)
}

/// What stands before the compressed samples, and these.
struct Scan<'a> {
    precision: u32,
    predictor: u8,
    point_transform: u32,
    restart_interval: usize,
    table: HuffmanTable,
    data: &'a [u8],
}

fn read_segments<'a>(bytes: &'a [u8], layout: &PixelLayout) -> Result<Scan<'a>, FileFault> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or_else(|| damaged("it does not begin like a JPEG"))?;
    let mut tables: [Option<HuffmanTable>; 4] = Default::default();
    let mut precision = None;
    let mut restart_interval = 0;
    loop {
        let [0xFF, marker, after @ ..] = rest else { return Err(damaged("its JPEG header is broken")) };
        if *marker == 0xFF {
            rest = &rest[1..];
            continue;
        }
        let length = after.first_chunk::<2>().map_or(0, |&b| usize::from(u16::from_be_bytes(b)));
        let body = after.get(2..length).ok_or_else(|| damaged("its JPEG header is cut off"))?;
        rest = &after[length..];
        match marker {
            0xC3 => precision = Some(start_of_frame(body, layout)?),
            0xC0..=0xC2 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(FileFault::Unsupported(format!(
                    "its JPEG process (marker FF{marker:02X}) is not lossless Huffman"
                )));
            }
            0xC4 => huffman_tables(body, &mut tables)?,
            0xDD => restart_interval = body.first_chunk().map_or(0, |&b| usize::from(u16::from_be_bytes(b))),
            0xDA => {
                let precision = precision.ok_or_else(|| damaged("its JPEG scan comes before its frame"))?;
                let &[1, _, table, predictor, _, transform] = body else {
                    return Err(damaged("its JPEG scan has more than one component"));
                };
                let point_transform = u32::from(transform & 15);
                if !(1..=7).contains(&predictor) || point_transform >= precision {
                    return Err(damaged("its JPEG predictor or point transform is out of range"));
                }
                let table = tables
                    .get_mut(usize::from(table >> 4))
                    .and_then(Option::take)
                    .ok_or_else(|| damaged("its JPEG scan names a Huffman table that is not there"))?;
                return Ok(Scan { precision, predictor, point_transform, restart_interval, table, data: rest });
            }
            _ => {}
        }
    }
}

/// Precision, after a check of the size.
fn start_of_frame(body: &[u8], layout: &PixelLayout) -> Result<u32, FileFault> {
    let &[precision, h1, h0, w1, w0, components, ..] = body else { return Err(damaged("its JPEG header is cut off")) };
    let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
    if usize::from(height) != layout.rows || usize::from(width) != layout.columns || components != 1 {
        return Err(FileFault::Codec(format!(
            "its JPEG header says {width} x {height} with {components} components, the data set {} x {} with 1",
            layout.columns, layout.rows
        )));
    }
    if !(2..=16).contains(&precision) || u16::from(precision) > layout.bits_allocated {
        return Err(FileFault::Codec(format!(
            "its JPEG samples have {precision} bits, the data set allocates {}",
            layout.bits_allocated
        )));
    }
    Ok(u32::from(precision))
}

/// Code lengths and categories (T.81 annex C and F.2.2.3): by the next bits for short codes, by ranges for long ones.
struct HuffmanTable {
    /// (length, category) by the next [`LOOKAHEAD`] bits; length 0 where the code is longer.
    short: Vec<(u8, u8)>,
    /// For each length: first code, index of its category, number of codes.
    long: [(u32, usize, u32); 17],
    categories: Vec<u8>,
}

fn huffman_tables(mut body: &[u8], tables: &mut [Option<HuffmanTable>; 4]) -> Result<(), FileFault> {
    while let [place, rest @ ..] = body {
        let counts = rest.first_chunk::<16>().ok_or_else(|| damaged("a Huffman table is cut off"))?;
        let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
        let categories = rest.get(16..16 + total).ok_or_else(|| damaged("a Huffman table is cut off"))?;
        let table = HuffmanTable::new(counts, categories)?;
        if place >> 4 == 0 {
            *tables
                .get_mut(usize::from(place & 15))
                .ok_or_else(|| damaged("a Huffman table has a number above 3"))? = Some(table);
        }
        body = &rest[16 + total..];
    }
    Ok(())
}

impl HuffmanTable {
    fn new(counts: &[u8; 16], categories: &[u8]) -> Result<Self, FileFault> {
        if categories.iter().any(|&category| category > 16) {
            return Err(damaged("a Huffman table has a category above 16"));
        }
        let mut short = vec![(0, 0); 1 << LOOKAHEAD];
        let mut long = [(0, 0, 0); 17];
        let (mut code, mut index) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = u32::from(counts[length as usize - 1]);
            if code + count > 1 << length {
                return Err(damaged("a Huffman table has more codes than fit"));
            }
            long[length as usize] = (code, index, count);
            for _ in 0..count {
                if length <= LOOKAHEAD {
                    let from = (code << (LOOKAHEAD - length)) as usize;
                    let entry = (length as u8, categories[index]);
                    short[from..from + (1 << (LOOKAHEAD - length))].fill(entry);
                }
                code += 1;
                index += 1;
            }
            code <<= 1;
        }
        Ok(Self { short, long, categories: categories.to_vec() })
    }

    /// (length, category) of the code at the top of 16 bits; length 0 when there is none.
    #[inline]
    fn look_up(&self, bits: u32) -> (u32, u32) {
        let (length, category) = self.short[(bits >> (16 - LOOKAHEAD)) as usize];
        if length > 0 { (u32::from(length), u32::from(category)) } else { self.look_up_long(bits) }
    }

    #[cold]
    fn look_up_long(&self, bits: u32) -> (u32, u32) {
        for length in LOOKAHEAD + 1..=16 {
            let (first, index, count) = self.long[length as usize];
            let code = bits >> (16 - length);
            if code >= first && code - first < count {
                return (length, u32::from(self.categories[index + (code - first) as usize]));
            }
        }
        (0, 0)
    }
}

/// Copies the bytes up to the next marker without their stuffing (T.81 B.1.1.5) and gives what follows the marker.
fn unstuff<'a>(data: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    out.clear();
    let mut rest = data;
    loop {
        let Some(at) = rest.iter().position(|&b| b == 0xFF) else {
            out.extend_from_slice(rest);
            return &[];
        };
        out.extend_from_slice(&rest[..at]);
        match rest.get(at + 1) {
            Some(0) => {
                out.push(0xFF);
                rest = &rest[at + 2..];
            }
            Some(0xFF) => rest = &rest[at + 1..],
            Some(_) => return &rest[at + 2..],
            None => return &[],
        }
    }
}

/// Bits from the top, at least 32 at hand after [`Bits::fill`]; zeros after the end.
struct Bits<'a> {
    data: &'a [u8],
    window: u64,
    count: u32,
    /// Bits of zeros that were made up.
    beyond: u32,
}

impl Bits<'_> {
    #[inline]
    fn fill(&mut self) {
        if self.count > 32 {
            return;
        }
        if let Some((four, rest)) = self.data.split_first_chunk::<4>() {
            self.window |= u64::from(u32::from_be_bytes(*four)) << (32 - self.count);
            self.count += 32;
            self.data = rest;
        } else {
            self.fill_at_the_end();
        }
    }

    #[cold]
    fn fill_at_the_end(&mut self) {
        while self.count <= 32 {
            match self.data.split_first() {
                Some((&byte, rest)) => {
                    self.window |= u64::from(byte) << (56 - self.count);
                    self.data = rest;
                }
                None => self.beyond += 8,
            }
            self.count += 8;
        }
    }

    #[inline]
    fn take(&mut self, n: u32) {
        self.window <<= n;
        self.count -= n;
    }

    /// Whether bits were taken that the data does not have.
    fn overran(&self) -> bool {
        self.beyond > self.count
    }
}

/// The next difference (T.81 H.1.2.2), modulo 2^16; `None` where no code fits.
#[inline]
fn difference(bits: &mut Bits<'_>, table: &HuffmanTable) -> Option<u16> {
    bits.fill();
    let (length, category) = table.look_up((bits.window >> 48) as u32);
    if length == 0 {
        return None;
    }
    bits.take(length);
    match category {
        0 => Some(0),
        16 => Some(0x8000),
        _ => {
            let value = (bits.window >> (64 - category)) as u32;
            bits.take(category);
            let negative = value >> (category - 1) == 0;
            Some(value.wrapping_sub(if negative { (1 << category) - 1 } else { 0 }) as u16)
        }
    }
}

/// Rows up to the next restart: the first begins at half the range and predicts along the row, the others predict their
/// first sample from above (T.81 H.1.2.1, table H.1).
fn decode_interval(data: &[u8], scan: &Scan<'_>, columns: usize, out: &mut [u16]) -> Result<(), FileFault> {
    let mut bits = Bits { data, window: 0, count: 0, beyond: 0 };
    let no_code = || damaged("a code in its JPEG data has no meaning");
    let start = 1u16 << (scan.precision - scan.point_transform - 1);
    let mut above: &[u16] = &[];
    for row in out.chunks_exact_mut(columns) {
        let first = above.first().copied().unwrap_or(start);
        let mut left = first.wrapping_add(difference(&mut bits, &scan.table).ok_or_else(no_code)?);
        row[0] = left;
        if above.is_empty() || scan.predictor == 1 {
            for value in &mut row[1..] {
                left = left.wrapping_add(difference(&mut bits, &scan.table).ok_or_else(no_code)?);
                *value = left;
            }
        } else {
            for (value, pair) in row[1..].iter_mut().zip(above.windows(2)) {
                let predicted = predict(scan.predictor, left, pair[1], pair[0]);
                left = predicted.wrapping_add(difference(&mut bits, &scan.table).ok_or_else(no_code)?);
                *value = left;
            }
        }
        if bits.overran() {
            return Err(damaged("its JPEG data ends too early"));
        }
        above = row;
    }
    Ok(())
}

/// Table H.1 of T.81: `a` left, `b` above, `c` above left.
#[inline]
fn predict(predictor: u8, a: u16, b: u16, c: u16) -> u16 {
    let (ia, ib, ic) = (i32::from(a), i32::from(b), i32::from(c));
    let value = match predictor {
        2 => ib,
        3 => ic,
        4 => ia + ib - ic,
        5 => ia + ((ib - ic) >> 1),
        6 => ib + ((ia - ic) >> 1),
        7 => (ia + ib) >> 1,
        _ => ia,
    };
    value as u16
}

fn damaged(what: &str) -> FileFault {
    FileFault::Codec(what.to_owned())
}
