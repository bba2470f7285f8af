//! The command line: the same requests as the window, without one. No algorithm.
