import ControlModel
import ErrorCodes
import HTTPClient
import Management
import Pairing
import RopewayConfiguration
import TLSDiagnosis

/// Looks at a site that is not configured yet.
enum SiteLook {
    /// Surveys a site, and completes its addresses by what it tells of its listeners.
    ///
    /// - Throws: ``OperationError`` where the site can't be asked; nothing was changed.
    static func survey(
        _ site: inout ConfigurationText.Site,
        _ client: CurlClient
    ) async throws(OperationError) -> SiteSurvey {
        let name = site.address.name
        let credentials: HTTPCredentials
        do throws(SecretError) {
            credentials = HTTPCredentials(username: site.username, password: try site.password.resolve().exposed)
        } catch {
            throw OperationError(.usage, code: .secretUnreadable, message: error.message, hint: error.hint)
        }
        let api = ManagementAPI(
            endpoints: site.address.management.compactMap { Management.ManagementEndpoint(url: $0.baseURL) },
            credentials: credentials,
            tls: TLSOptions(certificateAuthorityPath: site.authorityFile),
            timeouts: ManagementTimeouts(connect: .seconds(3), request: .seconds(20), call: .seconds(40)),
            client: client
        )
        let survey: SiteSurvey
        do throws(ManagementError) {
            survey = try await SiteSurveyor(name: name, virtualHost: site.address.virtualHost, api: api).survey()
        } catch {
            let guess =
                site.address.isManagementGuessed
                ? "; the management address was guessed, name it with --\(name) http://HOST:PORT" : ""
            throw OperationError(
                .failed,
                code: .siteUnreachable,
                message: "\(name) can't be looked at: \(error); nothing was changed",
                hint: error.hint + guess
            )
        }
        guard site.address.complete(by: survey.overview) else {
            throw OperationError(
                .failed,
                code: .noAmqpListener,
                message: "\(name) tells of no AMQP listener; nothing was changed",
                hint: "name one with --\(name) amqp://HOST:PORT"
            )
        }
        return survey
    }
}
