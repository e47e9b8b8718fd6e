from a_users.models.profile import Profile
from a_users.models.user import FormerUsername, User

__all__ = ["FormerUsername", "Profile", "User"]
