//! What a pen does to a label map: contour, brush. No UI events.
