"""What the endpoints answer: the schemas and examples of the API's description.

Answers are not checked against them at run time, which would cost more than most answers; the tests check
them. An answer may have no field that its model does not have.
"""
