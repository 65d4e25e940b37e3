from panoseg_ros.cli.doctor.finding import as_json, exit_code, lines, ok, problem, warning

WELL = ok('python', '3.11')
SO_SO = warning('segment', 'small', 'make it larger')
BAD = problem('bundle x', 'missing', 'copy it')


def test_the_gravest_finding_decides_the_exit_code():
    assert exit_code([]) == exit_code([WELL]) == 0
    assert exit_code([WELL, SO_SO]) == 1
    assert exit_code([BAD, SO_SO, WELL]) == 2


def test_every_finding_is_a_line_and_advice_a_second():
    assert lines(WELL) == ['OK       python: 3.11']
    assert lines(BAD) == ['PROBLEM  bundle x: missing', '         -> copy it']


def test_json_holds_the_same():
    said = as_json([WELL, SO_SO])
    assert said['exit_code'] == 1
    assert said['findings'][1] == {
        'subject': 'segment', 'level': 'warning', 'state': 'small', 'advice': 'make it larger'
    }  # fmt: skip
