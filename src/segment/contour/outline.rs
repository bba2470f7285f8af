//! A contour under the hand: vertices that are added, moved and taken away until it is accepted.
//!
//! It knows no mouse and no screen: what "near" means is said by a [`Reach`] in mm. A contour may cross itself; the even-odd
//! rule says what it encloses. Of several contours of one slice, one within another is a hole ([`fill_all`]).

use super::simplify::to_segment;
use super::{fill, fill_all, simplified, simplified_ring};
use crate::segment::{FARTHEST_PIXEL, Pixels, SliceOfGrid};

/// Vertices that enclose something.
const FEWEST: usize = 3;

/// How far, in pixels, simplifying moves a freehand outline at most.
const FREEHAND_TOLERANCE: f64 = 0.25;

/// A closed outline or one that is being drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// The slice that it lies on.
    pub slice: SliceOfGrid,
    /// Its vertices in pixel units of the slice; of a closed contour the last is joined to the first.
    pub vertices: Vec<[f64; 2]>,
    /// Whether it encloses something.
    pub is_closed: bool,
}

/// How near is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Distance in mm.
    pub mm: f64,
    /// Distance between neighbouring pixels along both in-plane axes, in mm.
    pub spacing_mm: [f64; 2],
}

/// What of a contour lies under a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hit {
    /// The vertex of that number.
    Vertex(usize),
    /// The edge that begins at the vertex of that number, and its point nearest to the one asked about.
    Edge(usize, [f64; 2]),
    /// Neither vertex nor edge is near, and the point is enclosed.
    Inside,
    /// None of these.
    Outside,
}

impl Contour {
    /// A contour that begins.
    pub fn begin(slice: SliceOfGrid, at: [f64; 2]) -> Self {
        Self { slice, vertices: vec![at], is_closed: false }
    }

    /// Adds a vertex at the end of an open contour, by click or freehand. What is no place on any image is not added.
    pub fn add(&mut self, at: [f64; 2]) {
        if !self.is_closed && at.iter().all(|x| x.abs() < FARTHEST_PIXEL) {
            self.vertices.push(at);
        }
    }

    /// Whether a point meets the first vertex of an open contour that could be closed.
    pub fn meets_first(&self, at: [f64; 2], reach: Reach) -> bool {
        let meets = self.vertices.first().is_some_and(|first| reach.square_mm(*first, at) <= reach.mm * reach.mm);
        meets && !self.is_closed && self.vertices.len() >= FEWEST
    }

    /// Closes an open contour; one of fewer than three vertices stays open (`false`).
    pub fn close(&mut self) -> bool {
        self.is_closed = self.vertices.len() >= FEWEST;
        self.is_closed
    }

    /// Closes a contour whose vertices were drawn freehand, and takes away vertices without moving the outline by more than a
    /// quarter of a pixel. As [`Contour::close`].
    pub fn close_freehand(&mut self) -> bool {
        if self.close() {
            let fewer = simplified_ring(&self.vertices, FREEHAND_TOLERANCE);
            // A sliver thinner than the tolerance keeps its vertices rather than enclosing nothing.
            if fewer.len() >= FEWEST {
                self.vertices = fewer;
            }
        }
        self.is_closed
    }

    /// Takes vertices away from the one of number `first` on without moving the line by more than a quarter of a pixel: a
    /// part drawn freehand of an open contour whose other vertices were clicked.
    pub fn simplify_from(&mut self, first: usize) {
        if let Some(part) = self.vertices.get(first..) {
            let fewer = simplified(part, FREEHAND_TOLERANCE);
            self.vertices.truncate(first);
            self.vertices.extend(fewer);
        }
    }

    /// Takes the last vertex of an open contour away, and opens a closed one instead. Whether a vertex is left.
    pub fn pop(&mut self) -> bool {
        if self.is_closed {
            self.is_closed = false;
        } else {
            self.vertices.pop();
        }
        !self.vertices.is_empty()
    }

    /// Takes a vertex away; of a closed contour not one of the last three. Whether there was one to take.
    pub fn remove(&mut self, vertex: usize) -> bool {
        let least = if self.is_closed { FEWEST } else { 0 };
        let can = vertex < self.vertices.len() && self.vertices.len() > least;
        if can {
            self.vertices.remove(vertex);
        }
        can
    }

    /// Takes the vertex under a point away, as [`Contour::remove`].
    pub fn remove_at(&mut self, at: [f64; 2], reach: Reach) -> bool {
        self.nearest_vertex(at, reach).is_some_and(|vertex| self.remove(vertex))
    }

    /// Inserts a vertex on the edge nearest to a point within reach, and answers with its number.
    pub fn insert_at(&mut self, at: [f64; 2], reach: Reach) -> Option<usize> {
        let (edge, place) = self.nearest_edge(at, reach)?;
        self.vertices.insert(edge + 1, place);
        Some(edge + 1)
    }

    /// Moves a vertex; what is no place on any image, or no vertex, moves nothing.
    pub fn move_vertex(&mut self, vertex: usize, to: [f64; 2]) {
        if let Some(vertex) = self.vertices.get_mut(vertex).filter(|_| to.iter().all(|x| x.abs() < FARTHEST_PIXEL)) {
            *vertex = to;
        }
    }

    /// What lies under a point: a vertex before an edge, an edge before the inside.
    pub fn hit(&self, at: [f64; 2], reach: Reach) -> Hit {
        if let Some(vertex) = self.nearest_vertex(at, reach) {
            return Hit::Vertex(vertex);
        }
        match self.nearest_edge(at, reach) {
            Some((edge, place)) => Hit::Edge(edge, place),
            None if self.is_closed && self.encloses(at) => Hit::Inside,
            None => Hit::Outside,
        }
    }

    /// The pixels whose centres it encloses; none while it is open.
    pub fn pixels(&self) -> Pixels {
        if self.is_closed { fill(&self.vertices) } else { Pixels::default() }
    }

    /// The pixels that the closed ones of several contours of one slice enclose, holes left out.
    pub fn pixels_of(contours: &[Contour]) -> Pixels {
        let closed = contours.iter().filter(|contour| contour.is_closed);
        fill_all(&closed.map(|contour| contour.vertices.as_slice()).collect::<Vec<_>>())
    }

    /// Area in mm2 of the pixels that it encloses, which is what accepting it draws, on a slice with these distances between
    /// pixels.
    pub fn area_mm2(&self, spacing_mm: [f64; 2]) -> f64 {
        self.pixels().count() as f64 * spacing_mm[0] * spacing_mm[1]
    }

    /// The contour on another slice of the same plane of the same grid; none on a slice of another plane.
    pub fn pasted(&self, slice: SliceOfGrid) -> Option<Self> {
        (slice.axis == self.slice.axis).then(|| Self { slice, ..self.clone() })
    }

    fn nearest_vertex(&self, at: [f64; 2], reach: Reach) -> Option<usize> {
        let squares = self.vertices.iter().map(|vertex| reach.square_mm(*vertex, at)).enumerate();
        let near = squares.filter(|(_, square)| *square <= reach.mm * reach.mm);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(vertex, _)| vertex)
    }

    fn nearest_edge(&self, at: [f64; 2], reach: Reach) -> Option<(usize, [f64; 2])> {
        let edges = if self.is_closed { self.vertices.len() } else { self.vertices.len().saturating_sub(1) };
        let ends = self.vertices.iter().zip(self.vertices.iter().cycle().skip(1)).take(edges).enumerate();
        let near = ends.filter_map(|(edge, (&a, &b))| {
            let (square, share) = to_segment(reach.mm_of(at), reach.mm_of(a), reach.mm_of(b));
            let place = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
            (square <= reach.mm * reach.mm).then_some((square, edge, place))
        });
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, edge, place)| (edge, place))
    }

    /// Whether a ray from the point crosses an odd number of edges.
    fn encloses(&self, at: [f64; 2]) -> bool {
        let edges = self.vertices.iter().zip(self.vertices.iter().cycle().skip(1));
        let crossed = edges.filter(|(a, b)| {
            let spans = (a[1] <= at[1]) != (b[1] <= at[1]);
            spans && a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) > at[0]
        });
        crossed.count() % 2 == 1
    }
}

impl Reach {
    fn mm_of(self, point: [f64; 2]) -> [f64; 2] {
        [point[0] * self.spacing_mm[0], point[1] * self.spacing_mm[1]]
    }

    fn square_mm(self, from: [f64; 2], to: [f64; 2]) -> f64 {
        let [a, b] = [self.mm_of(from), self.mm_of(to)];
        (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLICE: SliceOfGrid = SliceOfGrid { axis: 2, index: 7 };
    /// A reach of one pixel along the second axis and of four along the first.
    const REACH: Reach = Reach { mm: 2.0, spacing_mm: [0.5, 2.0] };

    fn square() -> Contour {
        let vertices = vec![[0.5, 0.5], [20.5, 0.5], [20.5, 20.5], [0.5, 20.5]];
        Contour { slice: SLICE, vertices, is_closed: true }
    }

    #[test]
    fn a_contour_closes_where_it_meets_its_first_vertex_and_not_before_it_encloses_something() {
        let mut contour = Contour::begin(SLICE, [0.0, 0.0]);
        contour.add([10.0, 0.0]);
        assert!(!contour.meets_first([0.0, 0.0], REACH) && !contour.close());
        contour.add([f64::NAN, 3.0]);
        contour.add([3.0, 1e7]);
        contour.add([10.0, 10.0]);
        assert_eq!(contour.vertices.len(), 3);
        assert!(contour.meets_first([3.9, 0.0], REACH) && !contour.meets_first([0.0, 1.1], REACH));
        assert!(contour.pixels().is_empty());
        assert!(contour.close() && !contour.pixels().is_empty());
        assert!(contour.pop() && !contour.is_closed && contour.vertices.len() == 3);
        assert!(contour.pop() && contour.pop() && !contour.pop());
    }

    #[test]
    fn vertices_are_found_moved_inserted_and_removed_within_reach() {
        let mut contour = square();
        assert_eq!(contour.hit([18.0, 0.6], REACH), Hit::Vertex(1));
        assert_eq!(contour.hit([10.0, 0.9], REACH), Hit::Edge(0, [10.0, 0.5]));
        assert_eq!(contour.hit([0.6, 10.5], REACH), Hit::Edge(3, [0.5, 10.5]), "the edge that closes");
        assert_eq!(contour.hit([10.0, 10.0], REACH), Hit::Inside);
        assert_eq!(contour.hit([10.0, 30.0], REACH), Hit::Outside);
        assert_eq!(contour.insert_at([10.0, 0.9], REACH), Some(1));
        assert_eq!(contour.insert_at([10.0, 10.0], REACH), None);
        contour.move_vertex(1, [10.0, -9.5]);
        assert_eq!(contour.area_mm2([0.5, 2.0]), contour.pixels().count() as f64);
        assert!(contour.pixels().contains(10, -8));
        contour.move_vertex(1, [10.0, -1e9]);
        assert!(contour.remove_at([10.0, -9.4], REACH) && contour == square());
        assert!(contour.remove(0) && !contour.remove(0), "three vertices stay");
    }

    #[test]
    fn freehand_keeps_few_vertices_and_moves_by_a_quarter_of_a_pixel_at_most() {
        let drawn: Vec<[f64; 2]> = (0..900)
            .map(|n| n as f64 * std::f64::consts::TAU / 900.0)
            .map(|t| [100.0 + 60.0 * t.cos(), 90.0 + 50.0 * t.sin()])
            .collect();
        let mut contour = Contour { slice: SLICE, vertices: drawn.clone(), is_closed: false };
        assert!(contour.close_freehand() && contour.vertices.len() < 60);
        let quarter = Reach { mm: FREEHAND_TOLERANCE, spacing_mm: [1.0, 1.0] };
        assert!(drawn.iter().all(|&point| contour.nearest_edge(point, quarter).is_some()));
        let mut open = Contour { slice: SLICE, vertices: drawn, is_closed: false };
        open.simplify_from(450);
        assert!((451..500).contains(&open.vertices.len()));
    }

    #[test]
    fn a_contour_that_crosses_itself_hits_inside_where_it_fills() {
        let vertices = vec![[0.1, 0.2], [30.1, 30.2], [30.1, 0.2], [0.1, 30.2]];
        let contour = Contour { slice: SLICE, vertices, is_closed: true };
        let (pixels, narrow) = (contour.pixels(), Reach { mm: 0.0, spacing_mm: [1.0; 2] });
        for b in 0..32 {
            for a in 0..32 {
                let inside = contour.hit([a as f64, b as f64], narrow) == Hit::Inside;
                assert_eq!(inside, pixels.contains(a, b), "{a} {b}");
            }
        }
        let hole = Contour { vertices: vec![[2.5, 12.5], [5.5, 12.5], [5.5, 17.5], [2.5, 17.5]], ..square() };
        let with_hole = Contour::pixels_of(&[square(), hole.clone(), Contour::begin(SLICE, [0.0, 0.0])]);
        assert_eq!(with_hole.count(), square().pixels().count() - hole.pixels().count());
    }

    #[test]
    fn a_contour_is_pasted_on_slices_of_its_plane_alone() {
        let pasted = square().pasted(SliceOfGrid { axis: 2, index: 9 });
        assert_eq!(pasted.map(|contour| (contour.slice.index, contour.vertices)), Some((9, square().vertices)));
        assert_eq!(square().pasted(SliceOfGrid { axis: 1, index: 9 }), None);
    }
}
