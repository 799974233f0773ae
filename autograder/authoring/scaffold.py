"""Begin a new unit: a lesson and an exercise that is complete, so that an author changes text that already works."""

from __future__ import annotations

from pathlib import Path

from autograder.authoring.model import AuthoringError
from autograder.authoring.units import EXERCISES, LESSON, UNIT_NAME


def new_unit(name: str, into: Path) -> Path:
    """Write a unit with one complete exercise.

    Args:
        name: the unit's name, such as ``14_my_topic``: two characters for its place, and words.
        into: the folder of units; made when it is not there.

    Returns:
        The unit's folder.

    Raises:
        AuthoringError: the name is no unit's name, or the folder is there already.
    """
    folder = into / name
    if not UNIT_NAME.fullmatch(name):
        raise AuthoringError(folder, None, "a unit has a name such as 14_my_topic; choose one of this form")
    if folder.exists():
        raise AuthoringError(folder, None, "this folder is there already; choose another name")
    title = name[3:].replace("_", " ").strip().capitalize()
    folder.mkdir(parents=True)
    for file, text in ((LESSON, LESSON_TEXT), (EXERCISES, EXERCISES_TEXT)):
        (folder / file).write_text(text.replace("@TITLE@", title).replace("@PLACE@", name[:2]), encoding="utf-8")
    return folder


LESSON_TEXT = r"""---
jupytext:
  notebook_metadata_filter: mcourse,-jupytext.text_representation
kernelspec:
  display_name: Python 3
  language: python
  name: python3
mcourse:
  title: @TITLE@
  hours: 1
  after: []
---

# @TITLE@

One sentence: what the learner can do afterwards, and why that is worth an hour.

## You will be able to

1. write down the gradient of the square of a linear function, and say why it has the shape of its variable.

## A first example

Let $f(x) = \tfrac12 (a^\top x)^2$ with $a = (1, 2)$. Predict its gradient at $x = (1, 1)$, then run the cell.

```{code-cell} ipython3
import numpy as np

import mcutils as mc

a = np.array([1.0, 2.0])
mc.gradient(lambda x: (a @ x) ** 2 / 2, np.array([1.0, 1.0]))
```
"""

EXERCISES_TEXT = r"""---
jupytext:
  notebook_metadata_filter: mcourse,-jupytext.text_representation
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# @TITLE@: exercises

```{code-cell} ipython3
import numpy as np

from autograder import check
```

+++ {"exercise": "@PLACE@-half-square", "role": "statement", "objective": 1, "minutes": 5}

### Half a square

Let $f(x) = \tfrac12 (a^\top x)^2$ with $a$ and $x$ of shape $(n,)$. Write its gradient.

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: given

def half_square(x, a):
    return (a @ x) ** 2 / 2
```

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: answer

def grad_half_square(x, a):
    '''Return the gradient of half_square at x, an array of shape (n,).'''
    ### BEGIN SOLUTION
    return (a @ x) * a
    ### END SOLUTION
```

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: test

check.derivative(grad_half_square, of=half_square, wrt="x", sizes={"x": "n", "a": "n"}, points=2)
```

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: mistake
:expect: doubled

def grad_half_square(x, a):
    return 2 * (a @ x) * a
```

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: mistake
:expect: shape

def grad_half_square(x, a):
    return a @ x
```

+++ {"exercise": "@PLACE@-half-square", "role": "hint", "step": 1}

What is squared here is one number. Call it $u$.

+++ {"exercise": "@PLACE@-half-square", "role": "hint", "step": 2}

$\mathrm d(\tfrac12 u^2) = u\,\mathrm du$, and $u = a^\top x$ is linear in $x$.

+++ {"exercise": "@PLACE@-half-square", "role": "hint", "step": 3}

$\mathrm df = u\,a^\top\mathrm dx$. A case to try: for $n = 1$ and $a = 3$ the slope at $x = 2$ is 18.
""".replace("'''", '"""')
