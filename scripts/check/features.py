"""Holds a table of features against what PyRadiomics extracts with the same parameter file.

usage: features.py IMAGE MASK LABEL PARAMETERS.yaml FEATURES.csv SECONDS
SECONDS is how long the table took; exit code 0 when both have the same features, each within tolerance. What PyRadiomics left out
(LBP in a plane without scikit-image, LoG of an image that is too small for it) was not compared, and is exit code 1 too.
"""

import csv
import logging
import math
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import SimpleITK as sitk
import radiomics
from radiomics import featureextractor

# Sums of a million terms in another order differ by less than 1e-9, so that what the original image gives differs by rounding
# alone. Derived images are rounded to 32 bits on the way (LoG; wavelets of 32-bit images), or count ties (LBP): there a
# value within rounding of a bin's edge may fall on either side of it. tests/radiomics.rs has the same tolerances.
RELATIVE = {"log": 1e-4, "lbp": 1e-3}
OTHERWISE, ABSOLUTE = 1e-6, 1e-8
WAVELET_OF_32_BITS = 1e-3
# Resampled integers lose their fraction, where the last bit decides.
RESAMPLED, LBP_RESAMPLED = 1e-3, 1e-2


def tolerance(name, is_f32, is_resampled):
    kind = name.split("_")[0].split("-")[0].rstrip("0123456789")
    relative = RELATIVE.get(kind, OTHERWISE)
    if kind == "wavelet" and is_f32:
        relative = WAVELET_OF_32_BITS
    if is_resampled:
        relative = max(relative, LBP_RESAMPLED if kind == "lbp" else RESAMPLED)
    return relative


def main(image, mask, label, parameters, table, seconds):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters, additionalInfo=False)
    volume, region = sitk.ReadImage(image), sitk.ReadImage(mask)
    is_f32 = volume.GetPixelID() == sitk.sitkFloat32 and not extractor.settings.get("normalize")
    is_resampled = extractor.settings.get("resampledPixelSpacing") is not None
    begin = time.time()
    found = extractor.execute(volume, region, label=int(label))
    took = time.time() - begin
    theirs = {name: float(value) for name, value in found.items() if not name.startswith("diagnostics_")}
    with open(table, newline="") as file:
        ours = next(csv.DictReader(file))

    classes = [f"_{name}_" for name in extractor.featureClassNames]
    left_out = [
        name
        for name in ours
        if not name.startswith("diagnostics_") and name not in theirs and any(part in name for part in classes)
    ]

    failed, compared = [], {}
    for name, reference in theirs.items():
        group = name.rsplit("_", 1)[0]
        value = float(ours[name]) if ours.get(name) else math.nan
        both_undefined = math.isnan(value) and math.isnan(reference) and name in ours
        difference = 0.0 if both_undefined or value == reference else abs(value - reference)
        holds = difference == 0.0 or difference <= tolerance(name, is_f32, is_resampled) * abs(reference) + ABSOLUTE
        count, worst = compared.get(group, (0, 0.0))
        compared[group] = (count + 1, max(worst, difference / max(abs(reference), ABSOLUTE)))
        if not holds:
            failed.append((name, reference, ours.get(name, "absent")))

    for group, (count, worst) in compared.items():
        print(f"{group:30s} {count:3d} features, largest relative difference {worst:.1e}")
    for name, reference, value in failed:
        print(f"  {name}: PyRadiomics {reference:.10g}, Hepatica {value}")
    for group in dict.fromkeys(name.rsplit("_", 1)[0] for name in left_out):
        count = sum(name.rsplit("_", 1)[0] == group for name in left_out)
        print(f"{group:30s} {count:3d} features NOT COMPARED: PyRadiomics left them out")
    print(f"{len(theirs) - len(failed)} of {len(theirs)} hold against PyRadiomics {radiomics.__version__}")
    print(f"PyRadiomics {took:.2f} s, Hepatica {float(seconds):.2f} s")
    return 1 if failed or left_out or not theirs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
