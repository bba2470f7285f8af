#!/usr/bin/env python3
"""Reads what Hepatica wrote with other programs, and compares: DICOM SEG with highdicom and dcmqi, NIfTI with nibabel and SimpleITK,
NRRD with SimpleITK and pynrrd, RTSTRUCT with pydicom and two ways of filling contours.

usage: masks.py FOLDER

FOLDER holds one folder a case, each with truth.json (size, LPS affine, SOP Instance UIDs, segments), bits.raw (label bits of every
voxel, 16 the VOI), volume.raw, and what was written: seg.dcm, labels.nii.gz, volume.nii.gz, labels.seg.nrrd, rt.dcm. Exits with 1 and says what differs, if anything does.
Needs numpy, highdicom, dcmqi, nibabel, pynrrd, SimpleITK. tests/masks.rs calls it when HEPATICA_PYTHON names a Python that has them.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import highdicom
import nibabel
import nrrd
import numpy
import pydicom
import SimpleITK

# NIfTI keeps its affine in 32-bit floats: 3e-5 mm at 500 mm. DICOM keeps positions in 16 characters.
NIFTI_MM = 1e-4
DICOM_MM = 1e-6
# dcmqi computes the distance between slices anew; contours have four decimals of a millimetre.
PLACE_VOXELS = 1e-3

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
        wanted = (bits & segment["bit"]) != 0
        expect(case, f"segment {segment['name']} by source image", numpy.array_equal(pixels[..., index] != 0, wanted))
        described = seg.get_segment_description(segment["number"])
        expect(case, f"name of segment {segment['name']}", described.segment_label == segment["name"])
        expect(case, f"origin of {segment['name']}", described.algorithm_type.value == segment["algorithm"])
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
    expect(case, "ContentCreatorName", str(plain.ContentCreatorName) == truth["creator"])
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
    check_geometry(case, image, affine)


def check_seg_by_dcmqi(folder, truth, bits, affine):
    """Every segment as segimage2itkimage gives it, one NRRD a segment, placed by its own geometry."""
    case = f"{folder.name}/seg.dcm by dcmqi"
    program = shutil.which("segimage2itkimage", path=pathlib.Path(sys.executable).parent) or shutil.which("segimage2itkimage")
    if program is None:
        problems.append(f"{case}: segimage2itkimage is not installed")
        return
    with tempfile.TemporaryDirectory() as out:
        command = [program, "--inputDICOM", folder / "seg.dcm", "--outputDirectory", out, "-t", "nrrd", "-p", "s"]
        ran = subprocess.run(command, capture_output=True, text=True)
        expect(case, f"it fails: {ran.stdout[-300:]}{ran.stderr[-300:]}", ran.returncode == 0)
        for segment in truth["segments"]:
            file = pathlib.Path(out) / f"s-{segment['number']}.nrrd"
            if not file.exists():
                problems.append(f"{case}: no {file.name}")
                continue
            image = SimpleITK.ReadImage(str(file))
            placed = placed_on(image, SimpleITK.GetArrayFromImage(image) != 0, bits.shape, affine)
            expect(case, f"segment {segment['name']}", numpy.array_equal(placed, (bits & segment["bit"]) != 0))


def placed_on(image, inside, shape, affine):
    """Voxels of an image of SimpleITK on a grid, by their places in the patient; a voxel off the grid is a problem."""
    placed = numpy.zeros(shape, bool)
    inverse = numpy.linalg.inv(affine)
    for slice_, row, column in numpy.argwhere(inside):
        patient = image.TransformIndexToPhysicalPoint([int(column), int(row), int(slice_)])
        at = (inverse @ [*patient, 1])[:3][::-1]
        nearest = numpy.round(at).astype(int)
        if numpy.abs(nearest - at).max() > PLACE_VOXELS or (nearest < 0).any() or (nearest >= shape).any():
            problems.append(f"a voxel off the grid by {numpy.abs(nearest - at).max()}")
            return placed
        placed[tuple(nearest)] = True
    return placed


def check_nrrd(folder, truth, bits, affine):
    """Segments by Slicer's keys: layers and label values; voxels by SimpleITK and pynrrd, geometry by both."""
    case = f"{folder.name}/labels.seg.nrrd"
    data, header = nrrd.read(str(folder / "labels.seg.nrrd"), index_order="C")
    expect(case, "pynrrd: space", header["space"] == "left-posterior-superior")
    expect(case, "pynrrd: kinds", list(header["kinds"]) == ["list", "domain", "domain", "domain"])
    expect(case, "pynrrd: encoding", header["encoding"] == "gzip")
    steps = numpy.array(header["space directions"])[-3:]
    expect(case, "pynrrd: directions", numpy.abs(steps.T - affine[:3, :3]).max() < DICOM_MM)
    expect(case, "pynrrd: origin", numpy.abs(header["space origin"] - affine[:3, 3]).max() < DICOM_MM)
    for key in ("Segmentation_MasterRepresentation", "Segmentation_SourceRepresentation"):
        expect(case, key, header[key] == "Binary labelmap")
    expect(case, "extent offset", header["Segmentation_ReferenceImageExtentOffset"] == "0 0 0")
    image = SimpleITK.ReadImage(str(folder / "labels.seg.nrrd")) if truth["right_angles"] else None
    for index, segment in enumerate(truth["segments"]):
        key = lambda name: header[f"Segment{index}_{name}"]
        expect(case, f"name of segment {index}", key("Name") == segment["name"])
        layer, value = int(key("Layer")), int(key("LabelValue"))
        wanted = (bits & segment["bit"]) != 0
        expect(case, f"pynrrd: {segment['name']}", numpy.array_equal(data[..., layer] == value, wanted))
        at = numpy.argwhere(wanted)
        extent = [edge for axis in (2, 1, 0) for edge in (at[:, axis].min(), at[:, axis].max())]
        expect(case, f"extent of {segment['name']}", key("Extent") == " ".join(map(str, extent)))
        expect(case, f"tags of {segment['name']}", f"^{segment['code']}^" in key("Tags"))
        if image is not None:
            array = SimpleITK.GetArrayFromImage(image)
            expect(case, f"SimpleITK: {segment['name']}", numpy.array_equal(array[..., layer] == value, wanted))
    if image is not None:
        check_geometry(case, image, affine)


def check_rtstruct(folder, truth, bits, affine):
    """Contours filled at the centres of voxels, by even-odd of all and by adding one to the other; both must give the voxels."""
    case = f"{folder.name}/rt.dcm"
    plain = pydicom.dcmread(folder / "rt.dcm")
    inverse = numpy.linalg.inv(affine)
    slices, rows, columns = bits.shape
    row, column = numpy.mgrid[0:rows, 0:columns]
    names = [region.ROIName for region in plain.StructureSetROISequence]
    expect(case, f"regions {names}", names == [segment["name"] for segment in truth["segments"]])
    for segment, region in zip(truth["segments"], plain.ROIContourSequence):
        even_odd = numpy.zeros(bits.shape, bool)
        united = numpy.zeros(bits.shape, bool)
        for contour in region.ContourSequence:
            points = numpy.array(contour.ContourData, float).reshape(-1, 3)
            expect(case, "number of points", int(contour.NumberOfContourPoints) == len(points))
            x, y, z = (inverse @ numpy.column_stack([points, numpy.ones(len(points))]).T)[:3]
            slice_ = int(round(z[0]))
            expect(case, "a contour off its slice", numpy.abs(z - slice_).max() < PLACE_VOXELS)
            uid = truth["sop_instance_uids"][slice_]
            expect(case, "image of a contour", contour.ContourImageSequence[0].ReferencedSOPInstanceUID == uid)
            inside = numpy.zeros((rows, columns), bool)
            for x0, y0, x1, y1 in zip(x, y, numpy.roll(x, -1), numpy.roll(y, -1)):
                crosses = (y0 <= row) != (y1 <= row)
                if crosses.any():
                    inside ^= crosses & (column < x0 + (x1 - x0) * (row - y0) / (y1 - y0))
            even_odd[slice_] ^= inside
            united[slice_] |= inside
        wanted = (bits & segment["bit"]) != 0
        expect(case, f"{segment['name']} by even-odd", numpy.array_equal(even_odd, wanted))
        expect(case, f"{segment['name']} united", numpy.array_equal(united, wanted))


def check_geometry(case, image, affine):
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
        if truth["right_angles"]:
            check_seg_by_dcmqi(folder, truth, bits, affine)
        check_nrrd(folder, truth, bits, affine)
        check_rtstruct(folder, truth, bits, affine)
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
