//! Slices on the screen: windowing in a shader on a 3D texture, and the same on the CPU as the reference and last resort.
