"""What stands around the API's description on the page."""

from langraph.models.text import Text

TITLE = Text("What the API offers", "API 안내")
METHOD, PATH = Text("Method", "메서드"), Text("Path", "경로")
DOES, KEY = Text("What it does", "설명"), Text("Key", "API 키")
OPEN, NEEDED = Text("not needed", "불필요"), Text("needed", "필요")
BODIES = Text("Bodies, by example", "요청 본문 예시")
