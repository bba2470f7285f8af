//! What the simulated body is made of: HU of each tissue before contrast, in the arterial and in the portal venous phase.
//!
//! Values are typical of a routine abdominal CT at 120 kVp; `docs/phantom.md` has the table with its rationale. Textures
//! are multi-scale noise, so that no organ is flat before the scanner's own noise is added.

/// A tissue with its attenuation in HU, [native, arterial, portal venous].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tissue {
    /// Mean HU in each phase.
    pub(super) hu: [f32; 3],
    /// Amplitude in HU of the tissue's own texture in each phase.
    pub(super) texture_hu: [f32; 3],
    /// The coarsest scale of the texture in mm.
    pub(super) texture_mm: f64,
}

const fn tissue(hu: [f32; 3], texture_hu: [f32; 3], texture_mm: f64) -> Tissue {
    Tissue { hu, texture_hu, texture_mm }
}

const fn plain(hu: [f32; 3]) -> Tissue {
    tissue(hu, [0.0; 3], 1.0)
}

pub(super) const AIR: f32 = -1000.0;
pub(super) const COUCH_SHELL: Tissue = plain([-250.0; 3]);
pub(super) const COUCH_FOAM: Tissue = plain([-940.0; 3]);
pub(super) const SKIN: Tissue = plain([5.0, 10.0, 15.0]);
pub(super) const SUBCUTANEOUS_FAT: Tissue = tissue([-106.0, -106.0, -105.0], [14.0; 3], 9.0);
pub(super) const VISCERAL_FAT: Tissue = tissue([-98.0, -97.0, -95.0], [22.0, 24.0, 28.0], 8.0);
pub(super) const MUSCLE: Tissue = tissue([52.0, 57.0, 62.0], [20.0; 3], 7.0);
pub(super) const LUNG: Tissue = tissue([-845.0, -835.0, -832.0], [150.0; 3], 11.0);
pub(super) const CORTICAL_BONE: Tissue = plain([560.0, 565.0, 570.0]);
pub(super) const TRABECULAR_BONE: Tissue = tissue([165.0, 172.0, 185.0], [75.0; 3], 4.0);
pub(super) const DISC: Tissue = tissue([78.0, 80.0, 82.0], [12.0; 3], 8.0);
pub(super) const CARTILAGE: Tissue = tissue([110.0, 112.0, 115.0], [30.0; 3], 4.0);
pub(super) const SPINAL_CANAL: Tissue = tissue([22.0, 24.0, 26.0], [10.0; 3], 6.0);
pub(super) const LIVER: Tissue = plain([55.0, 66.0, 110.0]);
pub(super) const SPLEEN: Tissue = tissue([46.0, 118.0, 121.0], [4.0, 34.0, 4.0], 12.0);
pub(super) const PANCREAS: Tissue = tissue([40.0, 108.0, 98.0], [16.0, 22.0, 20.0], 6.0);
pub(super) const RENAL_CORTEX: Tissue = tissue([33.0, 185.0, 195.0], [4.0; 3], 8.0);
pub(super) const RENAL_MEDULLA: Tissue = tissue([31.0, 78.0, 172.0], [6.0; 3], 8.0);
pub(super) const RENAL_SINUS: Tissue = tissue([-60.0, -52.0, -45.0], [30.0; 3], 6.0);
pub(super) const STOMACH_WALL: Tissue = tissue([40.0, 85.0, 92.0], [12.0; 3], 6.0);
pub(super) const STOMACH_FLUID: Tissue = tissue([12.0; 3], [16.0; 3], 12.0);
pub(super) const BOWEL_WALL: Tissue = tissue([38.0, 82.0, 95.0], [14.0; 3], 5.0);
pub(super) const BOWEL_FLUID: Tissue = tissue([16.0; 3], [18.0; 3], 8.0);
pub(super) const FAECES: Tissue = tissue([-40.0; 3], [260.0; 3], 7.0);
pub(super) const GAS: Tissue = plain([-985.0; 3]);
pub(super) const GALLBLADDER_WALL: Tissue = plain([35.0, 50.0, 65.0]);
pub(super) const BILE: Tissue = tissue([7.0, 7.0, 8.0], [2.0; 3], 15.0);
pub(super) const HEART: Tissue = tissue([42.0, 200.0, 150.0], [4.0, 30.0, 8.0], 30.0);
pub(super) const AORTA: Tissue = plain([41.0, 305.0, 156.0]);
pub(super) const ARTERY: Tissue = plain([41.0, 285.0, 152.0]);
pub(super) const VENA_CAVA: Tissue = tissue([39.0, 88.0, 146.0], [2.0, 26.0, 10.0], 14.0);
pub(super) const PORTAL_VEIN: Tissue = plain([40.0, 112.0, 172.0]);
pub(super) const HEPATIC_VEIN: Tissue = plain([40.0, 70.0, 163.0]);
