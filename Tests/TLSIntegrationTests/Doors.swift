import AMQP
import HTTPClient
import Management
import Relay
import RopewayConfiguration
import TLSDiagnosis
import Testing
import Transport

/// Both doors of a site, AMQP and management, as the program goes through them: from the text of a configuration.
struct Doors {
    /// Where AMQP is, with its scheme: `amqps://127.0.0.1:5671`.
    var amqp: String
    /// Where management is, with its scheme.
    var management: String
    /// A mapping in YAML.
    var tls: String
    /// Further keys of the site.
    var more = "username: guest, password: guest"

    /// What came of going through both.
    struct Outcome {
        var amqp: AMQPError?
        var management: ManagementError?

        /// Why TLS did not come about at the one.
        var amqpFault: TLSFault? { amqp?.transport?.tlsFault }

        /// Why TLS did not come about at the other.
        var managementFault: TLSFault? {
            guard case .unreachable(let underlying) = management?.kind else { return nil }
            return underlying.tlsFault
        }
    }

    /// Connects to AMQP, and asks the management API who is there.
    func enter() async throws -> Outcome {
        let text = """
            pair: p
            active: a
            sites:
              a: {amqp: ["\(amqp)"], management: ["\(management)"], tls: \(tls), \(more)}
              b: {amqp: [amqp://b], management: [http://b], username: u, password: p}
            """
        let configuration = try PairConfiguration.parse(text, file: "/tmp/ropeway.yaml").configuration.firstSite
        let client = CurlClient()
        do {
            let site = try Site(configuration, client: client)
            let outcome = Outcome(amqp: try await connect(site), management: await ask(site))
            await client.shutdown()
            return outcome
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Goes through both, and expects the same fault at both, told in full.
    ///
    /// - Parameter other: what AMQP may come to instead.
    func expect(
        _ fault: TLSFault,
        orAtAMQP other: TLSFault? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await enter()
        let amqpFault = outcome.amqpFault == other ? other ?? fault : fault
        #expect(outcome.amqpFault == amqpFault, "\(String(describing: outcome.amqp))", sourceLocation: sourceLocation)
        #expect(
            outcome.managementFault == fault,
            "\(String(describing: outcome.management))",
            sourceLocation: sourceLocation
        )
        let amqpText = outcome.amqp?.description ?? ""
        let managementText = outcome.management?.description ?? ""
        #expect(amqpText.contains(amqpFault.reason) && managementText.contains(fault.reason))
        #expect(outcome.amqp?.hint == fault.hint && outcome.management?.hint == fault.hint)
        // Where, so that an operator of a cluster knows which node to look at.
        #expect(amqpText.contains(amqp.split(separator: "/").last ?? "?"), "\(amqpText)")
        #expect(managementText.contains(management), "\(managementText)")
    }

    /// Goes through both, and expects to be let in.
    func expectEntry(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let outcome = try await enter()
        #expect(outcome.amqp == nil, "\(String(describing: outcome.amqp))", sourceLocation: sourceLocation)
        #expect(outcome.management == nil, "\(String(describing: outcome.management))", sourceLocation: sourceLocation)
    }

    private func connect(_ site: Site) async throws -> AMQPError? {
        let configuration = try site.connection(name: "test", for: .control)
        do throws(AMQPError) {
            await (try await AMQPConnection.connect(configuration)).close()
            return nil
        } catch {
            return error
        }
    }

    private func ask(_ site: Site) async -> ManagementError? {
        do throws(ManagementError) {
            _ = try await site.management.whoAmI()
            return nil
        } catch {
            return error
        }
    }
}
