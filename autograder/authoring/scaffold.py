"""Begin a new unit: a lesson and two complete exercises, so that an author changes text that already works.

The second exercise differs from student to student. What an author should know of that:

* ``variant(NAME, c=[...])`` stands in a given cell, with the exercise's own name and lists that are written out. A
  value is a number, a sign, a letter or a line of the question; ``v("... {c} ...")`` fills it in, ``v.c`` is the value.
* What varies is the question. Its answer must follow from the question, and what an answer is called with (``sizes``)
  stays the same for everybody.
* The cell ends with ``v.show(f=question)``, by which the learner sees the question, and the grader whose it was. The
  engine writes formulas in its own order and collects terms: read what it shows, and where that says too much write
  the formula yourself, ``v.show(r"$y = {c}\\,Ax$")``.
* Solutions and listed mistakes use what was drawn. ``mcourse verify`` tries them for students who between them draw
  every value, and names the student whose variant fails.

A hint cell of code states a *sister* question, similar and another one, which the engine works after the last hint.
"""

from __future__ import annotations

from pathlib import Path

from autograder.authoring.model import AuthoringError
from autograder.authoring.units import EXERCISES, LESSON, UNIT_NAME


def new_unit(name: str, into: Path) -> Path:
    """Write a unit with two complete exercises.

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

from autograder import check, variant
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

```{code-cell} ipython3
:exercise: @PLACE@-half-square
:role: hint

check.question(of="(a @ x) * (b @ x)", wrt="x", sizes={"x": "n", "a": "n", "b": "n"})
```

+++ {"exercise": "@PLACE@-own-bowl", "role": "statement", "objective": 1, "minutes": 5}

### A bowl of your own

The next cell draws a function for you, with $A$ of shape $(n, n)$, not symmetric, and $x$ and $b$ of shape
$(n,)$. Type its gradient.

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: given

bowl = variant("@PLACE@-own-bowl", c=[2, 3, 5], sign=["+", "-"])
bowl_question = check.question(
    of=bowl("x @ A @ x {sign} {c} * (b @ x)"), wrt="x", sizes={"x": "n", "A": "n n", "b": "n"}
)
bowl.show(f=bowl_question)
```

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: answer

# matrix notation, as text: "A.T @ x", "2 * b"
### BEGIN SOLUTION
bowl_gradient = bowl("(A + A.T) @ x {sign} {c} * b")
### END SOLUTION
```

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: test

bowl_question.formula(bowl_gradient, points=2)
```

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: mistake
:expect: not-symmetrised

bowl_gradient = bowl("2 * A @ x {sign} {c} * b")
```

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: mistake
:expect: missing-term

bowl_gradient = "(A + A.T) @ x"
```

+++ {"exercise": "@PLACE@-own-bowl", "role": "hint", "step": 1}

In how many places does $x$ stand?

+++ {"exercise": "@PLACE@-own-bowl", "role": "hint", "step": 2}

Each place gives one term, in which all other places are constant.

+++ {"exercise": "@PLACE@-own-bowl", "role": "hint", "step": 3}

$x^\top A\,\mathrm dx = (A^\top x)^\top\mathrm dx$. A case to try: $n = 1$, where you know the derivative from school.

```{code-cell} ipython3
:exercise: @PLACE@-own-bowl
:role: hint

check.question(of="(b @ x) * (x @ A @ x)", wrt="x", sizes={"x": "n", "A": "n n", "b": "n"})
```
""".replace("'''", '"""')
