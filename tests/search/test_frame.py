import pytest

from sxai.errors import QueryError
from sxai.search.frame import Frame


@pytest.mark.parametrize(
    "columns",
    [
        {"probabilities": {"cat.eyes": [0.1]}},
        {"probabilities": {}, "outputs": {"cat": [0.1, 0.2, 0.3]}},
        {"probabilities": {}, "labels": {"true": ["cat"]}},
        {"probabilities": {"cat.eyes": [[0.1], [0.2]]}},
        {"probabilities": {"cat.eyes": 0.5}},
    ],
)
def test_columns_must_have_one_value_an_image(columns):
    with pytest.raises(QueryError, match="one value for each of the 2 images"):
        Frame(2, **columns)


def test_columns_become_double_precision_with_none_as_unknown():
    frame = Frame(2, {"cat.eyes": [None, 1]}, {"cat": [0, 1]})
    assert frame.probability("cat.eyes").dtype == frame.output("cat").dtype == float
    assert frame.probability("cat.eyes").tolist()[1] == 1.0
    assert str(frame.probability("cat.eyes")[0]) == "nan"


def test_the_callers_columns_are_left_as_they_were():
    column = [1, 0]
    frame = Frame(2, {"cat.eyes": column})
    frame.probability("cat.eyes")[0] = 5.0
    assert column == [1, 0]
