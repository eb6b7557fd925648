"""Writes the questions of our own evals, the same ones each time: python3 make-data.py

Sums, differences and words are questions that the bundled model's training left out (`is_held_out` of
../models/train.py, repeated here so that this runs without PyTorch). Capitals were all trained: they test what
the model remembers, the others what it learned.
"""
import hashlib, json, random

def is_held_out(prompt):
    return hashlib.sha256(prompt.encode()).digest()[0] % 10 == 0

def held_out(rng, count, make):
    rows = {}
    for _ in range(200_000):
        if len(rows) == count: break
        question, answer, facts = make(rng)
        if is_held_out(question): rows.setdefault(question, {"question": question, "answer": answer, **facts})
    return list(rows.values())

def number(rng, digits):
    return rng.randrange(10 ** (digits - 1) if digits > 1 else 0, 10 ** digits)

def total(digits):
    def make(rng):
        a, b = number(rng, digits), number(rng, digits)
        return f"What is {a} + {b}?", a + b, {"digits": digits}
    return make

def difference(digits):
    def make(rng):
        a, b = sorted((number(rng, digits), number(rng, digits)), reverse=True)
        return f"What is {a} - {b}?", a - b, {"digits": digits}
    return make

def word(task, letters):
    def make(rng):
        text = "".join(rng.choice("aeiou" if i % 2 else "bcdfghjklmnprstvwz") for i in range(letters))
        answer = text[::-1] if task == "Reverse" else text.upper()
        return f"{task} {text}", answer, {"task": task.lower(), "letters": letters}
    return make

def write(name, prefix, rows):
    with open(f"{name}.jsonl", "w", encoding="utf8") as file:
        for i, row in enumerate(rows, 1):
            file.write(json.dumps({"id": f"{prefix}-{i:03}", **row}, ensure_ascii=False) + "\n")

rng = random.Random(20261121)
write("sums", "sum", [row for digits, count in ((1, 8), (2, 100), (3, 100), (4, 60))
                      for row in held_out(rng, count, total(digits))])
write("differences", "difference", [row for digits, count in ((1, 5), (2, 150), (3, 60))
                                    for row in held_out(rng, count, difference(digits))])
write("words", "word", [row for task in ("Reverse", "Uppercase") for letters in range(3, 9)
                        for row in held_out(rng, 20, word(task, letters))])
with open("../models/capitals.csv", encoding="utf8") as file:
    pairs = [line.split(",") for line in file.read().split("\n")[1:] if line]
write("capitals", "capital", [{"country": country, "capital": capital} for country, capital in pairs])
