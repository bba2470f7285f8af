// One slice of a volume: grey between its four nearest pixels, windowed, with labels over it.
//
// The arithmetic follows src/render/cpu.rs step by step; a test holds the two against each other. Integer textures cannot
// be filtered, so interpolation is done here by hand.

struct Slice {
    // From screen pixels to pixels of the slice: origin + x * per_x + y * per_y.
    origin: vec2<f32>,
    per_x: vec2<f32>,
    per_y: vec2<f32>,
    // Pixels of the slice along its first and second axis.
    size: vec2<i32>,
    // Slices of the texture that have arrived so far: first, one past the last.
    arrived: vec2<i32>,
    // Slices that the label texture holds: first, one past the last.
    labelled: vec2<i32>,
    // The grid axis normal to the slice, and which slice.
    axis: u32,
    index: i32,
    // HU at which black ends, and grey per HU from there: less than 0 where the image is inverted.
    black: f32,
    per_hu: f32,
    // Bits of the labels to show.
    shown: u32,
    // FLOAT, LINEAR below.
    flags: u32,
    opacity: f32,
    // Width of the outline in physical pixels.
    outline: f32,
    colours: array<vec4<f32>, 4>,
}

// Voxels are in the float texture, not in the integer one.
const FLOAT: u32 = 1u;
// The target stores linear light and encodes by itself.
const LINEAR: u32 = 2u;

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var integers: texture_3d<i32>;
@group(0) @binding(2) var floats: texture_3d<f32>;
@group(0) @binding(3) var labels: texture_3d<u32>;

// What branches depend on goes through the vertex stage: lavapipe (Mesa 22.3) compiles a fragment shader anew for every
// draw when its branches depend on uniforms, which takes a tenth of a second and 2 MB each time.
struct Corner {
    @builtin(position) position: vec4<f32>,
    // Grid axis, flags, shown bits.
    @location(0) @interpolate(flat) choices: vec3<u32>,
    @location(1) @interpolate(flat) outline: f32,
}

var<private> axis: u32;
var<private> flags: u32;
var<private> shown: u32;
var<private> outline: f32;

@vertex
fn cover(@builtin(vertex_index) corner: u32) -> Corner {
    // One triangle that covers the viewport.
    let x = f32(corner & 1u) * 4.0 - 1.0;
    let y = f32(corner >> 1u) * 4.0 - 1.0;
    let choices = vec3<u32>(slice.axis, slice.flags, slice.shown);
    return Corner(vec4<f32>(x, y, 0.0, 1.0), choices, slice.outline);
}

fn slice_pixel(screen: vec2<f32>) -> vec2<f32> {
    return slice.origin + screen.x * slice.per_x + screen.y * slice.per_y;
}

fn nearest(at: vec2<f32>) -> vec2<i32> {
    return vec2<i32>(floor(at + 0.5));
}

fn is_inside(pixel: vec2<i32>) -> bool {
    return all(pixel >= vec2<i32>(0)) && all(pixel < slice.size);
}

fn voxel(pixel: vec2<i32>) -> vec3<i32> {
    if axis == 0u {
        return vec3<i32>(slice.index, pixel.x, pixel.y);
    }
    if axis == 1u {
        return vec3<i32>(pixel.x, slice.index, pixel.y);
    }
    return vec3<i32>(pixel.x, pixel.y, slice.index);
}

fn value(pixel: vec2<i32>) -> f32 {
    let at = voxel(clamp(pixel, vec2<i32>(0), slice.size - 1));
    if (flags & FLOAT) != 0u {
        return textureLoad(floats, at, 0).r;
    }
    return f32(textureLoad(integers, at, 0).r);
}

fn interpolated(at: vec2<f32>) -> f32 {
    let low = floor(at);
    let part = at - low;
    let pixel = vec2<i32>(low);
    let upper_left = value(pixel);
    let upper_right = value(pixel + vec2<i32>(1, 0));
    let lower_left = value(pixel + vec2<i32>(0, 1));
    let lower_right = value(pixel + vec2<i32>(1, 1));
    let upper = upper_left + (upper_right - upper_left) * part.x;
    let lower = lower_left + (lower_right - lower_left) * part.x;
    return upper + (lower - upper) * part.y;
}

fn bits(pixel: vec2<i32>) -> u32 {
    var at = voxel(pixel);
    if at.z < slice.labelled.x || at.z >= slice.labelled.y {
        return 0u;
    }
    at.z -= slice.labelled.x;
    return textureLoad(labels, at, 0).r & shown;
}

// The bits that are set at a position and everywhere around it, at the distance of the outline's width.
fn bits_everywhere(screen: vec2<f32>, here: u32) -> u32 {
    let diagonal = 0.70710678;
    var around = array<vec2<f32>, 8>(
        vec2<f32>(1.0, 0.0), vec2<f32>(-1.0, 0.0), vec2<f32>(0.0, 1.0), vec2<f32>(0.0, -1.0),
        vec2<f32>(diagonal, diagonal), vec2<f32>(-diagonal, diagonal),
        vec2<f32>(diagonal, -diagonal), vec2<f32>(-diagonal, -diagonal),
    );
    var everywhere = here;
    for (var n = 0; n < 8; n++) {
        let beside = nearest(slice_pixel(screen + around[n] * outline));
        if is_inside(beside) {
            everywhere &= bits(beside);
        } else {
            everywhere = 0u;
        }
    }
    return everywhere;
}

fn shown_colour(screen: vec2<f32>) -> vec3<f32> {
    let at = slice_pixel(screen);
    let pixel = nearest(at);
    if !is_inside(pixel) {
        return vec3<f32>(0.0);
    }
    let layer = voxel(pixel).z;
    if layer < slice.arrived.x || layer >= slice.arrived.y {
        return vec3<f32>(0.0);
    }
    let grey = clamp((interpolated(at) - slice.black) * slice.per_hu, 0.0, 1.0);
    var colour = vec3<f32>(grey);
    if shown == 0u {
        return colour;
    }
    let here = bits(pixel);
    if here == 0u {
        return colour;
    }
    var everywhere = here;
    if outline > 0.0 {
        everywhere = bits_everywhere(screen, here);
    }
    for (var n = 0u; n < 4u; n++) {
        let bit = 1u << n;
        if (here & bit) != 0u {
            let opacity = select(slice.opacity, 1.0, (everywhere & bit) == 0u);
            colour += (slice.colours[n].rgb - colour) * opacity;
        }
    }
    return colour;
}

@fragment
fn paint(at: Corner) -> @location(0) vec4<f32> {
    axis = at.choices.x;
    flags = at.choices.y;
    shown = at.choices.z;
    outline = at.outline;
    var colour = shown_colour(at.position.xy);
    if (flags & LINEAR) != 0u {
        let low = colour / 12.92;
        let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
        colour = select(high, low, colour <= vec3<f32>(0.04045));
    }
    return vec4<f32>(colour, 1.0);
}
