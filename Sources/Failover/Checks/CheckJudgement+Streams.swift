import Relay
import RopewayConfiguration

/// What stream captures need, and what they do to others.
extension CheckJudgement {
    func streams(_ site: SiteFacts, _ subject: String) -> [CheckObservation] {
        guard let fault = site.streamFault else { return [] }
        let check = site.hasOnlyStoresOnStreams ? Check.storeOverAMQP : .streamUnreachable
        return [CheckObservation(check, subject, fault.message, hint: fault.hint)]
    }

    /// Why a stream capture can't be copied from one site to the other.
    func copyFault(_ route: RouteConfiguration, from: SiteFacts, to: SiteFacts) -> TopologyError? {
        guard route.copiesStream, let source = from.version.value, let destination = to.version.value else {
            return nil
        }
        let names = ObjectNames(pair: facts.pair, route: route.name)
        return StreamCopy.fault(from: (from.name, source), to: (to.name, destination), object: names.standby)
    }

    /// What was seen of streams on every version: it can't be known beforehand what is published.
    func streamCapture(_ subject: String) -> CheckObservation {
        CheckObservation(
            .streamCapture,
            subject,
            "the capture is a stream: a message with a decimal in its headers closes its publisher's connection (541), headers "
                + "that are arrays or tables, and cluster-id, are not in what is replayed, and a message of more than about "
                + "1 MB stops the route",
            hint: "look at what applications publish, or set capture.type to quorum or classic, which keep everything"
        )
    }
}
