//! The simulated portal venous phase abdomen: demonstration case with ground truth. Everything it makes is simulated and says so.
