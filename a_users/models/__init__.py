from a_users.models.data_export import DataExport
from a_users.models.profile import Profile
from a_users.models.user import FormerUsername, User

__all__ = ["DataExport", "FormerUsername", "Profile", "User"]
