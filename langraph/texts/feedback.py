"""What is said about feedback."""

from langraph.models.feedback import HumanRevert
from langraph.models.text import Text


def reverted_by(revert: HumanRevert) -> Text:
    """Why negative feedback arose without anybody having written one."""
    commit = revert.commit[:12]
    return Text(
        f"{revert.author} took the change back in commit {commit} ({revert.subject})",
        f"{revert.author} 님이 커밋 {commit}에서 변경을 되돌렸습니다 ({revert.subject})",
    )
