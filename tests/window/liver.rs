//! A whole liver by the mouse.
