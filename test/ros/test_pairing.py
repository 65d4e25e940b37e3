from panoseg_ros.ros.pairing import BUFFER, Pairing

TOLERANCE = 10


def add(pairing, *arrivals):
    return [pairing.add(topic, stamp, f'{topic}{stamp}', TOLERANCE) for topic, stamp in arrivals]


def test_one_topic_passes_through():
    pairing = Pairing(['a'])
    assert add(pairing, ('a', 1), ('a', 2)) == [(1, {'a': 'a1'}), (2, {'a': 'a2'})]
    assert pairing.unpaired == 0


def test_a_set_has_the_stamp_of_the_first_topic_whichever_came_last():
    pairing = Pairing(['a', 'b'])
    assert add(pairing, ('b', 104), ('a', 100)) == [None, (100, {'a': 'a100', 'b': 'b104'})]
    assert add(pairing, ('a', 200), ('b', 195)) == [None, (200, {'a': 'a200', 'b': 'b195'})]


def test_images_further_apart_than_the_tolerance_never_meet():
    pairing = Pairing(['a', 'b'])
    assert add(pairing, ('a', 100), ('b', 111), ('b', 150)) == [None, None, None]
    assert add(pairing, ('a', 150)) == [(150, {'a': 'a150', 'b': 'b150'})]
    assert pairing.unpaired == 2  # a100 and b111


def test_the_nearest_partner_is_taken():
    pairing = Pairing(['a', 'b'])
    assert add(pairing, ('b', 95), ('b', 101), ('a', 100))[-1] == (100, {'a': 'a100', 'b': 'b101'})


def test_a_partner_that_never_comes_does_not_fill_memory():
    pairing = Pairing(['a', 'b'])
    assert add(pairing, *(('a', 100 * i) for i in range(BUFFER + 7))) == [None] * (BUFFER + 7)
    assert pairing.unpaired == 7
    assert add(pairing, ('b', 100 * (BUFFER + 6)))[0][0] == 100 * (BUFFER + 6)


def test_late_partners_of_dropped_images_make_no_older_set():
    pairing = Pairing(['a', 'b'])
    assert add(pairing, ('a', 100), ('a', 200), ('b', 200))[-1][0] == 200
    assert add(pairing, ('b', 201)) == [None]


def test_three_topics_wait_for_all():
    pairing = Pairing(['a', 'b', 'c'])
    assert add(pairing, ('a', 1), ('b', 2)) == [None, None]
    assert add(pairing, ('c', 3)) == [(1, {'a': 'a1', 'b': 'b2', 'c': 'c3'})]


def test_clear_forgets_waiting_images():
    pairing = Pairing(['a', 'b'])
    add(pairing, ('a', 100))
    pairing.clear()
    assert add(pairing, ('b', 100)) == [None]
