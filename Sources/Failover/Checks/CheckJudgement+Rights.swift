import ControlModel
import ErrorCodes
import Leadership
import Management
import Relay
import RopewayConfiguration

/// What the users of the sites may do.
extension CheckJudgement {
    /// Whether a promotion of the site could replay.
    func promotionRights(
        _ route: RouteConfiguration,
        _ told: RouteFacts,
        _ site: SiteFacts
    ) -> [CheckObservation] {
        let subject = Self.subject(route, site)
        var found: [CheckObservation] = []
        switch told.publishing {
        case .known(.granted)?, nil:
            break
        case .known(.missing(let error))?:
            found.append(
                CheckObservation(
                    .permission,
                    subject,
                    purpose == .check ? "\(error.message); a promotion of this site would be refused" : error.message,
                    hint: error.hint
                )
            )
        case .known(.partial(let error))?:
            found.append(
                CheckObservation(
                    .permissionPartial,
                    code: Check.permission.code,
                    subject,
                    "\(error.message); a replay would put such messages into quarantine, one by one",
                    hint: error.hint
                )
            )
        case .known(.unknown(let reason))?:
            found.append(
                CheckObservation(.permissionUnknown, subject, reason, hint: "check again once the site takes messages")
            )
        case .unknown(let reason)?:
            found.append(
                CheckObservation(
                    .permissionUnknown,
                    subject,
                    "whether its user may publish could not be asked: \(reason)",
                    hint: "look whether the site takes connections of this user, then check again"
                )
            )
        }
        return found + rights(told.replayRights, .permission, subject)
            + rights(told.quarantineRights, .quarantinePermission, subject)
    }

    /// The first right of a group that is missing: one mistake in a pattern mostly takes several.
    func rights(_ answers: [SiteRight.Answer], _ check: Check, _ subject: String) -> [CheckObservation] {
        for case .refused(let error) in answers {
            return [CheckObservation(check, subject, error.message, hint: error.hint)]
        }
        for case .unknown(let reason) in answers where check != .quarantinePermission {
            return [
                CheckObservation(
                    .permissionUnknown,
                    subject,
                    "what its user may do could not be asked: \(reason)",
                    hint: "look whether the site takes connections of this user, then check again"
                )
            ]
        }
        return []
    }
}
