"""One small artificial file of every calibration format; the numbers are made up."""

import textwrap

SAMPLES: dict[str, str] = {}


def sample(name: str, text: str) -> None:
    SAMPLES[name] = textwrap.dedent(text).lstrip('\n')


sample(
    'camera_info.yaml',
    """
    image_width: 640
    image_height: 480
    camera_name: front
    camera_matrix:
      rows: 3
      cols: 3
      data: [300.0, 0.0, 319.0, 0.0, 301.0, 241.0, 0.0, 0.0, 1.0]
    distortion_model: equidistant
    distortion_coefficients:
      rows: 1
      cols: 4
      data: [-0.01, 0.002, -1e-04, 1e-5]
    """,
)
sample(
    'echoed_info.yaml',
    """
    header:
      stamp: {sec: 1, nanosec: 2}
      frame_id: front
    height: 480
    width: 640
    distortion_model: plumb_bob
    d: [-0.2, 0.05, 0.001, 0.002, 0.0]
    k: [300.0, 0.0, 319.0, 0.0, 301.0, 241.0, 0.0, 0.0, 1.0]
    binning_x: 2
    binning_y: 2
    roi: {x_offset: 40, y_offset: 20, height: 400, width: 560, do_rectify: false}
    ---
    """,
)
sample(
    'kalibr_pinholes.yaml',
    """
    cam0:
      cam_overlaps: [1]
      camera_model: pinhole
      distortion_coeffs: [-0.01, 0.002, -0.001, 0.0001]
      distortion_model: equidistant
      intrinsics: [300.0, 301.0, 319.0, 241.0]
      resolution: [640, 480]
      rostopic: /cam0/image_raw
    cam1:
      T_cn_cnm1:
      - [0.0, 0.0, -1.0, 0.1]
      - [0.0, 1.0, 0.0, 0.2]
      - [1.0, 0.0, 0.0, 0.3]
      - [0.0, 0.0, 0.0, 1.0]
      camera_model: pinhole
      distortion_coeffs: [-0.2, 0.05, 0.001, 0.002]
      distortion_model: radtan
      intrinsics: [300.0, 301.0, 319.0, 241.0]
      resolution: [640, 480]
      rostopic: /cam1/image_raw
    cam2:
      T_cn_cnm1:
      - [0.0, 0.0, -1.0, 0.1]
      - [0.0, 1.0, 0.0, 0.2]
      - [1.0, 0.0, 0.0, 0.3]
      - [0.0, 0.0, 0.0, 1.0]
      camera_model: ds
      distortion_coeffs: []
      distortion_model: none
      intrinsics: [-0.2, 0.6, 300.0, 301.0, 319.0, 241.0]
      resolution: [640, 480]
    """,
)
sample(
    'kalibr_cameras.yaml',
    """
    cameras:
      left:
        T_cn_cnm1:
        - [0.0, -1.0, 0.0, 0.5]
        - [1.0, 0.0, 0.0, 0.5]
        - [0.0, 0.0, 1.0, 0.5]
        - [0.0, 0.0, 0.0, 1.0]
        camera_model: omni
        intrinsics: [1.2, 400.0, 401.0, 319.0, 321.0]
        distortion_model: radtan
        distortion_coeffs: [-0.1, 0.01, 0.001, -0.002]
        resolution: [640, 640]
        mask: left_mask.png
      right:
        T_cn_cnm1:
        - [-1.0, 0.0, 0.0, 0.0]
        - [0.0, 1.0, 0.0, 0.0]
        - [0.0, 0.0, -1.0, -0.03]
        - [0.0, 0.0, 0.0, 1.0]
        camera_model: eucm
        intrinsics: [0.6, 1.1, 200.0, 201.0, 319.0, 321.0]
        distortion_model: none
        distortion_coeffs: []
        resolution: [640, 640]
    """,
)
sample(
    'extended_info.yaml',
    """
    camera_name: cam_left
    resolution: [640, 640]
    camera_model: omni
    intrinsics: [1.2, 400.0, 401.0, 319.0, 321.0]
    distortion_model: radtan
    distortion_coeffs: [-0.1, 0.01, 0.001, -0.002]
    mask_path: $(find our_robot)/config/left_mask.png
    """,
)
sample(
    'basalt.json',
    """
    {"value0": {
      "T_imu_cam": [
        {"px": 0.1, "py": 0.2, "pz": 0.3, "qx": 0.0, "qy": 0.0, "qz": 0.7071, "qw": 0.7071},
        {"px": 0.0, "py": 0.0, "pz": 0.0, "qx": 0.0, "qy": 0.0, "qz": 0.0, "qw": 1.0}
      ],
      "intrinsics": [
        {"camera_type": "ds", "intrinsics": {"fx": 150.0, "fy": 151.0, "cx": 255.0,
                                             "cy": 257.0, "xi": -0.2, "alpha": 0.6}},
        {"camera_type": "kb4", "intrinsics": {"fx": 190.0, "fy": 191.0, "cx": 255.0,
                         "cy": 257.0, "k1": 0.01, "k2": -0.002, "k3": 0.001, "k4": 0.0}}
      ],
      "resolution": [[512, 512], [512, 512]],
      "imu_update_rate": 200.0
    }}
    """,
)
sample(
    'calib_results.txt',
    """
    #polynomial coefficients for the DIRECT mapping function

    4 -200.0 0.0 1.0e-03 1.0e-07

    #polynomial coefficients for the inverse mapping function

    6 437.665 467.71 226.311 101.048 28.479 4.512

    #center: "row" and "column", starting from 0 (C convention)

    239.0 322.0

    #affine parameters "c", "d", "e"

    1.01 0.002 -0.003

    #image size: "height" and "width"

    480 640
    """,
)
sample(
    'opencv_fisheye.yaml',
    """
    %YAML:1.0
    ---
    camera_matrix: !!opencv-matrix
       rows: 3
       cols: 3
       dt: d
       data: [ 3.0e+02, 0., 3.19e+02, 0., 3.01e+02, 2.41e+02, 0., 0., 1. ]
    dist_coeffs: !!opencv-matrix
       rows: 4
       cols: 1
       dt: d
       data: [ -1.0e-02, 2.0e-03, -1.0e-04, 1.0e-05 ]
    resolution: !!opencv-matrix
       rows: 2
       cols: 1
       dt: i
       data: [ 640, 480 ]
    """,
)
sample(
    'opencv_plain.yaml',
    """
    %YAML:1.0
    calibration_time: "Tue 01 Jan 2030"
    image_width: 640
    image_height: 480
    fisheye_model: 0
    camera_matrix: !!opencv-matrix
       rows: 3
       cols: 3
       dt: d
       data: [ 3.0e+02, 0., 3.19e+02, 0., 3.01e+02, 2.41e+02, 0., 0., 1. ]
    distortion_coefficients: !!opencv-matrix
       rows: 5
       cols: 1
       dt: d
       data: [ -2.0e-01, 5.0e-02, 1.0e-03, 2.0e-03, 0. ]
    """,
)
sample(
    'boofcv.yaml',
    """
    # Omnidirectional camera model with radial and tangential distortion
    pinhole:
      fx: 400.0
      fy: 401.0
      cx: 319.5
      cy: 321.5
      width: 640
      height: 720
      skew: 0.0
    model: omnidirectional_universal
    radial_tangential:
      radial:
      - -0.25
      - 0.0128
      t1: -9.1E-4
      t2: 3.9E-4
    mirror_offset: 1.2
    """,
)
sample(
    'project.pto',
    """
    # hugin project file
    #hugin_ptoversion 2
    p f2 w2000 h1000 v360  E0 R0 n"TIFF_m c:LZW r:CROP"
    m g1 i0 f0 m2 p0.00784314

    # image lines
    #-hugin  cropFactor=1
    i w2000 h1000 f2 v380 Ra0 r2 p-3 y10 TrX0 a0 b0.01 c0 d-490 e3 g0 S-10,1030,0,1010 n"a b.jpg"
    #-hugin  cropFactor=1
    i w2000 h1000 f2 v=0 Ra0 r0 p0 y-170 TrX0 a=0 b=0 c=0 d490 e0 g0 S980,2010,0,1000 n"a b.jpg"

    v v0
    v
    """,
)
for model, numbers in {
    'kb': 'k1: -0.01\n  k2: 0.05\n  k3: -0.08\n  k4: 4.0e-02',
    'radtan': 'k1: -0.29\n  k2: 0.08\n  k3: 0.0\n  p1: 0.0003\n  p2: -2.1e-05',
    'ds': 'alpha: 0.56\n  xi: -0.24',
    'eucm': 'alpha: 0.58\n  beta: 1.13',
    'ucm': 'alpha: 0.7',
}.items():
    SAMPLES[f'adapter_{model}.yml'] = (
        'image:\n  width: 752\n  height: 480\nparameter:\n'
        f'  fx: 460.0\n  fy: 461.0\n  cx: 366.0\n  cy: 249.0\n  {numbers}\n'
    )
sample(
    'adapter_ocam.yml',
    """
    image:
      width: 640
      height: 480
    parameter:
      c: 0.99
      d: -0.002
      e: 0.003
      cx: 322.0
      cy: 239.0
      coefficients:
        projection: [437.665, 467.71, 226.311, 101.048, 28.479, 4.512]
        unprojection: [200.0, 0.0, -1.0e-03, -1.0e-07]
    """,
)
sample(
    'left_intrinsic.json',
    """
    {"left_camera-intrinsic": {"sensor_name": "left_camera", "param": {
      "img_dist_w": 640, "img_dist_h": 480,
      "cam_K": {"rows": 3, "cols": 3,
                "data": [[0.99, -0.002, 322.0], [0.003, 1, 239.0], [0.0, 0.0, 1.0]]},
      "cam_dist": {"rows": 1, "cols": 6, "data": [[300.0, 190.99, 0.0, 0.0, 0.0, 0.0]]}
    }}}
    """,
)
sample(
    'left_extrinsic.json',
    """
    {"bev-to-left_camera-extrinsic": {"sensor_name": "camera", "param": {"sensor_calib": {
      "rows": 4, "cols": 4,
      "data": [[0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -5.0], [-1.0, 0.0, 0.0, -2.0],
               [0, 0, 0, 1]]
    }}}}
    """,
)
