from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.networks.key_names import folded_keys

PARTS = st.sampled_from(['a', 'b', 'c', 'weight', '0'])


def expanded(text):
    """Return every text that the braces in one stand for, as a shell would."""
    start = text.find('{')
    if start < 0:
        return [text]
    depth, options = 0, ['']
    for place in range(start, len(text)):
        letter = text[place]
        depth += (letter == '{') - (letter == '}')
        if depth == 0:
            break
        if letter == ',' and depth == 1:
            options.append('')
        elif place > start:
            options[-1] += letter
    tails = expanded(text[place + 1 :])
    return [text[:start] + o + tail for each in options for o in expanded(each) for tail in tails]


def test_equal_endings_are_written_once():
    keys = ['h1.fc.weight', 'h1.fc.bias', 'h2.fc.weight', 'h2.fc.bias', 'pred']
    assert folded_keys(keys) == 'pred, {h1,h2}.fc.{weight,bias}'
    assert folded_keys(['a', 'a.b']) == 'a{,.b}'


def test_keys_that_would_break_the_line_are_quoted():
    assert folded_keys(['two\nlines']) == r"'two\nlines'"


@settings(deadline=None)
@given(st.sets(st.lists(PARTS, min_size=1, max_size=4).map('.'.join), min_size=1))
def test_every_key_is_there(keys):
    folded = folded_keys(keys)
    assert sorted(expanded('{' + folded.replace(', ', ',') + '}')) == sorted(keys)
