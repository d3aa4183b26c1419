"""The async Python client for Pipedrive leads: the public names, and nothing else."""

from ._caller import Attempt
from ._codec import from_dict, to_dict
from ._version import __version__
from .auth import AccessToken, ApiToken
from .client import LeadsClient
from .config import RetryPolicy, Timeouts
from .custom_fields import custom_field
from .enums import UNSET, ArchivedStatus, LabelColor, UnsetType, VisibleTo
from .errors import (
    ApiError,
    AuthenticationError,
    AuthUnavailableError,
    BadRequestError,
    BlockedError,
    CertificateError,
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    ConversionFailedError,
    DailyBudgetExhaustedError,
    DecodeError,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    PipedriveError,
    RateLimitedError,
    ReauthorizationRequiredError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    WrongLoopError,
)
from .governor import Governor, Rate
from .models import Lead, LeadLabel, LeadPage, LeadSource, LeadValue
from .request_models import (
    AddLeadLabelRequest,
    AddLeadRequest,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
)
from .session import SessionManager

__all__ = [
    "UNSET",
    "AccessToken",
    "AddLeadLabelRequest",
    "AddLeadRequest",
    "ApiError",
    "ApiToken",
    "ArchivedStatus",
    "Attempt",
    "AuthUnavailableError",
    "AuthenticationError",
    "BadRequestError",
    "BlockedError",
    "CertificateError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectionFailedError",
    "ConversionFailedError",
    "DailyBudgetExhaustedError",
    "DecodeError",
    "GoneError",
    "Governor",
    "InvalidRequestError",
    "LabelColor",
    "Lead",
    "LeadLabel",
    "LeadPage",
    "LeadSource",
    "LeadValue",
    "LeadsClient",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "PipedriveError",
    "Rate",
    "RateLimitedError",
    "ReauthorizationRequiredError",
    "RequestTimeoutError",
    "RetryPolicy",
    "ServerError",
    "SessionManager",
    "Timeouts",
    "TransportError",
    "UnexpectedResponseError",
    "UnsetType",
    "UpdateLeadLabelRequest",
    "UpdateLeadRequest",
    "VisibleTo",
    "WrongLoopError",
    "__version__",
    "custom_field",
    "from_dict",
    "to_dict",
]
