"""Makes tests/data/prepared: images and masks as PyRadiomics 3.0.1 and SimpleITK prepare them.

usage: prepared.py tests/data/radiomics tests/data/prepared
Needs PyRadiomics (see scripts/compare_with_pyradiomics). tests/prepare.rs has the same cases with the same settings.
"""

import sys

import SimpleITK as sitk
from radiomics import featureextractor

CASES = {
    "border_bspline": ("border", dict(resampledPixelSpacing=[1, 1, 1], interpolator="sitkBSpline", padDistance=5)),
    "islands_linear": ("islands", dict(resampledPixelSpacing=[2, 2, 2], interpolator="sitkLinear", padDistance=2)),
    "liverlike_nearest": ("liverlike", dict(resampledPixelSpacing=[4, 4, 4], interpolator="sitkNearestNeighbor", padDistance=0)),
    "oblique_bspline": ("oblique_f32", dict(resampledPixelSpacing=[2, 2, 2], interpolator="sitkBSpline", padDistance=5)),
    "edges_bspline": ("binedges_f64", dict(resampledPixelSpacing=[1.3, 1.7, 0], interpolator="sitkBSpline", padDistance=1)),
    "oneslice_bspline": ("oneslice", dict(resampledPixelSpacing=[2, 2, 2], interpolator="sitkBSpline", padDistance=3)),
    "bytes_bspline": ("binary", dict(resampledPixelSpacing=[1.3, 1.3, 1.5], interpolator="sitkBSpline", padDistance=3)),
    "same_spacing": ("tiny", dict(resampledPixelSpacing=[1, 1, 1], interpolator="sitkBSpline", padDistance=2)),
    "islands_crop": ("islands", dict(preCrop=True, padDistance=3)),
    "tiny_normalized": ("tiny", dict(normalize=True, normalizeScale=100, removeOutliers=1.5)),
    "border_normalized": (
        "border",
        dict(
            normalize=True, normalizeScale=100, resampledPixelSpacing=[3, 3, 3], interpolator="sitkLinear", padDistance=1
        ),
    ),
}


def main(source, target):
    for name, (case, settings) in CASES.items():
        image = sitk.ReadImage(f"{source}/{case}_image.nii.gz")
        mask = sitk.ReadImage(f"{source}/{case}_mask.nii.gz")
        if name.startswith("bytes"):
            image = sitk.Cast(image, sitk.sitkUInt8)
        image, mask = featureextractor.RadiomicsFeatureExtractor.loadImage(image, mask, label=1, **settings)
        sitk.WriteImage(image, f"{target}/{name}_image.nii.gz", True)
        sitk.WriteImage(sitk.Cast(mask, sitk.sitkUInt8), f"{target}/{name}_mask.nii.gz", True)


if __name__ == "__main__":
    main(*sys.argv[1:])
