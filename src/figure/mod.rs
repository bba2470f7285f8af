//! Results as plain shapes (axes, lines, marks, text): one description, painted by the window and written as SVG.
