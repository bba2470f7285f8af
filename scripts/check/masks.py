#!/usr/bin/env python3
"""Reads segmentations and NIfTI images written by Hepatica with highdicom, nibabel and SimpleITK, and compares.

usage: masks.py FOLDER

FOLDER holds one folder a case, each with truth.json (size, LPS affine, SOP Instance UIDs, segments), bits.raw (label bits of every
voxel), volume.raw, and what was written: seg.dcm, labels.nii.gz, volume.nii.gz. Exits with 1 and says what differs, if anything does.
Needs numpy, highdicom, nibabel, SimpleITK. tests/masks.rs calls it when HEPATICA_PYTHON names a Python that has them.
"""
import json
import pathlib
import sys

import highdicom
import nibabel
import numpy
import pydicom
import SimpleITK

# NIfTI keeps its affine in 32-bit floats: 3e-5 mm at 500 mm. DICOM keeps positions in 16 characters.
NIFTI_MM = 1e-4
DICOM_MM = 1e-6

problems = []


def expect(case, what, holds):
    if not holds:
        problems.append(f"{case}: {what}")


def check_seg(folder, truth, bits, affine):
    """Every segment equal, by source image and by position, and the metadata that a PACS sorts by."""
    case = folder.name
    seg = highdicom.seg.segread(str(folder / "seg.dcm"))
    numbers = list(seg.segment_numbers)
    expect(case, f"segments {numbers}", numbers == [segment["number"] for segment in truth["segments"]])
    uids = truth["sop_instance_uids"]
    if len(set(uids)) > 1:
        pixels = seg.get_pixels_by_source_instance(
            uids, segment_numbers=numbers, assert_missing_frames_are_empty=True
        )
    else:
        pixels = seg.get_pixels_by_source_frame(
            uids[0], range(1, len(uids) + 1), segment_numbers=numbers, assert_missing_frames_are_empty=True
        )
    for index, segment in enumerate(truth["segments"]):
        wanted = bits == segment["voi"] if "voi" in segment else (bits & segment["bit"]) != 0
        expect(case, f"segment {segment['name']} by source image", numpy.array_equal(pixels[..., index] != 0, wanted))
        described = seg.get_segment_description(segment["number"])
        expect(case, f"name of segment {segment['name']}", described.segment_label == segment["name"])
        if truth["right_angles"]:
            # By position: the volume spans the slices in use.
            volume = seg.get_volume(segment_numbers=[segment["number"]], combine_segments=False)
            array = volume.array[..., 0] != 0
            placed = numpy.zeros(bits.shape, bool)
            inverse = numpy.linalg.inv(affine)
            for index_in_volume in numpy.argwhere(array):
                patient = volume.affine @ [*index_in_volume, 1]
                column, row, slice_ = (inverse @ patient)[:3]
                nearest = numpy.round([slice_, row, column]).astype(int)
                expect(case, "a voxel off the grid", numpy.abs(nearest - [slice_, row, column]).max() < DICOM_MM)
                placed[tuple(nearest)] = True
            expect(case, f"segment {segment['name']} by position", numpy.array_equal(placed, wanted))
    plain = pydicom.dcmread(str(folder / "seg.dcm"))
    for keyword, value in truth["copied"].items():
        expect(case, f"{keyword} is {plain.get(keyword)!r}", str(plain.get(keyword)) == value)
    expect(case, "ContentDescription", plain.ContentDescription.startswith("Research use only"))


def check_nifti(folder, name, array, affine, right_angles):
    """Array, type, affine and codes by nibabel; array and geometry by SimpleITK, which takes right angles only."""
    case = f"{folder.name}/{name}"
    image = nibabel.load(folder / name)
    read = numpy.asanyarray(image.dataobj)
    expect(case, f"nibabel reads {read.dtype}", read.dtype == array.dtype)
    expect(case, "nibabel: voxels", numpy.array_equal(read.transpose(2, 1, 0), array))
    ras = numpy.diag([-1, -1, 1, 1]) @ affine
    expect(case, "nibabel: affine", numpy.abs(image.affine - ras).max() < NIFTI_MM)
    expect(case, "nibabel: unit", image.header.get_xyzt_units()[0] == "mm")
    expect(case, "nibabel: sform code", image.header["sform_code"] == 1)
    expect(case, "nibabel: qform code", image.header["qform_code"] == (1 if right_angles else 0))
    if not right_angles:
        return
    expect(case, "nibabel: qform", numpy.abs(image.get_qform() - ras).max() < NIFTI_MM)
    image = SimpleITK.ReadImage(str(folder / name))
    expect(case, "SimpleITK: voxels", numpy.array_equal(SimpleITK.GetArrayFromImage(image), array))
    direction = numpy.array(image.GetDirection()).reshape(3, 3)
    read = numpy.eye(4)
    read[:3, :3] = direction * numpy.array(image.GetSpacing())
    read[:3, 3] = image.GetOrigin()
    expect(case, "SimpleITK: affine", numpy.abs(read - affine).max() < NIFTI_MM)


def main():
    cases = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/truth.json"))
    for folder in cases:
        truth = json.loads((folder / "truth.json").read_text())
        columns, rows, slices = truth["size"]
        affine = numpy.array(truth["affine"])
        bits = numpy.fromfile(folder / "bits.raw", numpy.uint8).reshape(slices, rows, columns)
        volume = numpy.fromfile(folder / "volume.raw", truth["volume_type"]).reshape(slices, rows, columns)
        check_seg(folder, truth, bits, affine)
        labels = numpy.zeros(bits.shape, numpy.uint8)
        for number in (1, 2, 3, 4):
            labels[(bits & (1 << (number - 1))) != 0] = number
        check_nifti(folder, "labels.nii.gz", labels, affine, truth["right_angles"])
        check_nifti(folder, "volume.nii.gz", volume, affine, truth["right_angles"])
    print(f"{len(cases)} cases compared, {len(problems)} differences")
    for problem in problems[:50]:
        print(problem)
    sys.exit(1 if problems or not cases else 0)


main()
