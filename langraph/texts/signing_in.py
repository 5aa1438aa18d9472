"""What the login page says."""

from langraph.models.text import Text

TITLE = Text("Sign in to langraph", "langraph 로그인")
KEY = Text("API key", "API 키")
WHICH_KEY = Text("The secret of a key that API_KEYS lists.", "API_KEYS에 등록된 키의 비밀 값을 입력하세요.")
ENTER = Text("Sign in", "로그인")
WRONG = Text("This key is not known.", "등록되지 않은 키입니다.")
TOO_MANY = Text(
    "Too many wrong keys were tried. Wait a minute, then try again.",
    "잘못된 키가 너무 많이 입력되었습니다. 1분 뒤에 다시 시도하세요.",
)
ON = Text("Go on", "계속")
