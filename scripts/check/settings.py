"""Makes tests/data/settings: a small image, a mask of two labels, parameter files, and the features PyRadiomics 3.0.1 gives.

usage: settings.py tests/data/settings
Needs PyRadiomics and scikit-image (see scripts/compare_with_pyradiomics). tests/settings.rs reads everything that this makes.

The image has texture, and a plain part in which `lbp-3D-k`, and `lbp-2D` where it is a variance, have no number. Label 1 begins
with a voxel that has texture around it; label 2 with one that has none, where PyRadiomics fails.
"""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np
import SimpleITK as sitk
from radiomics import featureextractor

SHAPE, SPACING = (7, 9, 26), (0.8, 0.9, 2.5)
COUNTED = "featureClass: {glcm: null, glszm: null, glrlm: null, gldm: null, ngtdm: null}"
ALL = COUNTED.replace("{", "{firstorder: null, ")

# Name: image (32-bit floats or integers), parameter file.
CASES = {
    "plain_on_a_sphere": ("i16", ["imageType: {LBP3D: {binWidth: 0.5}}", ALL]),
    "plain_on_a_sphere_wide_bins": ("f32", ["imageType: {LBP3D: {}}", ALL, "setting: {distances: [1, 2], gldm_a: 1}"]),
    "plain_in_a_plane": ("f32", ["imageType: {LBP2D: {lbp2DMethod: var}}", ALL, "setting: {binWidth: 40, force2D: true}"]),
    "plain_in_a_plane_of_integers": ("i16", ["imageType: {LBP2D: {lbp2DMethod: var}}", ALL, "setting: {binWidth: 40}"]),
    "far_and_one_way": (
        "i16",
        [
            "imageType: {Original: {}}",
            ALL,
            "setting: {distances: [1, 2], symmetricalGLCM: false, gldm_a: 1, voxelArrayShift: 300, binWidth: 10}",
        ],
    ),
    "manhattan": ("i16", ["imageType: {Original: {}}", COUNTED, "setting: {weightingNorm: manhattan, distances: [2, 1]}"]),
    "euclidean_in_columns": (
        "f32",
        [
            "imageType: {Wavelet: {wavelet: db4}}",
            "featureClass: {glcm: null, glrlm: null, gldm: null}",
            "setting: {weightingNorm: euclidean, force2D: true, force2Ddimension: 2, gldm_a: 2, binWidth: 10}",
        ],
    ),
    "infinity_in_rows": (
        "i16",
        [
            "imageType: {LoG: {sigma: [1.5, 9.0, 40]}}",
            COUNTED,
            "setting: {weightingNorm: infinity, force2D: true, force2Ddimension: 1, binCount: 16, distances: [2]}",
        ],
    ),
    "no_weighting_resampled": (
        "f32",
        [
            "imageType: {Original: {}, Gradient: {}}",
            COUNTED,
            "setting: {weightingNorm: no_weighting, symmetricalGLCM: false, distances: [1, 3], interpolator: sitkLinear,"
            " resampledPixelSpacing: [1, 1, 2]}",
        ],
    ),
    "second_wavelet": (
        "i16",
        ["imageType: {Wavelet: {wavelet: coif3, start_level: 1, level: 2}}", "featureClass: {firstorder: null}"],
    ),
}


def image():
    rng = np.random.default_rng(20221)
    z, y, x = np.indices(SHAPE)
    gray = 70 + 35 * np.sin(x / 1.9 + y / 3) + 25 * np.cos(z / 1.4 - y / 2.2) + rng.normal(0, 12, SHAPE)
    # A spline forgets what lies ten voxels away.
    gray[x > 10 + (y > 3)] = 60
    return gray


def mask():
    z, y, x = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.uint8)
    labels[(x > 18) & (y > 0) & (z > 2)] = 2
    labels[((x - 12) / 12.4) ** 2 + ((y - 4) / 4.3) ** 2 + ((z - 3) / 3.2) ** 2 < 1] = 1
    labels[1, 4:6, 2:9:2] = 1
    labels[6, 7:, ::3] = 1
    return labels


def main(target):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    labels = sitk.GetImageFromArray(mask())
    labels.SetSpacing(SPACING)
    sitk.WriteImage(labels, f"{target}/mask.nii.gz", True)
    for kind, number in {"f32": np.float32, "i16": np.int16}.items():
        volume = sitk.GetImageFromArray(np.rint(image()).astype(number) if kind == "i16" else image().astype(number))
        volume.CopyInformation(labels)
        sitk.WriteImage(volume, f"{target}/{kind}.nii.gz", True)
    for name, (kind, lines) in CASES.items():
        parameters = f"{target}/{name}.{kind}.yaml"
        with open(parameters, "w") as file:
            file.write("\n".join(lines) + "\n")
        extractor = featureextractor.RadiomicsFeatureExtractor(parameters, additionalInfo=False)
        found = extractor.execute(f"{target}/{kind}.nii.gz", f"{target}/mask.nii.gz")
        with open(f"{target}/{name}.{kind}.json", "w") as file:
            json.dump({name: float(value) for name, value in found.items()}, file, indent=0)
            file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
