"""Named values of the project."""

from typing import Any

from sqlalchemy import delete, select

from data_store.engine import Store
from data_store.tables import Setting


class Settings(Store):
    """Settings: one JSON value per key."""

    def get_setting(self, key: str, default: Any = None) -> Any:
        """The value of ``key``; ``default`` when it was never set (a stored null is returned as None)."""
        with self.read() as session:
            row = session.execute(select(Setting.value).where(Setting.key == key)).one_or_none()
        return default if row is None else row[0]

    def set_setting(self, key: str, value: Any) -> None:
        """Store a JSON value under ``key``."""
        with self.write() as session:
            session.merge(Setting(key=key, value=value))

    def drop_setting(self, key: str) -> None:
        """Forget ``key``; fine when it was never set."""
        with self.write() as session:
            session.execute(delete(Setting).where(Setting.key == key))

    def settings(self) -> dict[str, Any]:
        """All settings, by key."""
        with self.read() as session:
            return dict(session.execute(select(Setting.key, Setting.value).order_by(Setting.key)).all())
