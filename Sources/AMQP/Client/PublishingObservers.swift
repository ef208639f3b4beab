/// The ``PublishingStatus`` of a connection, and who wants to hear of its changes. Confined to the event loop.
final class PublishingObservers {
    private(set) var status = PublishingStatus.open
    private var observers: [(id: Int, tell: (PublishingStatus) -> Void, end: () -> Void)] = []
    private var nextID = 0
    private var hasEnded = false

    /// Tells the status now and at every change, then, once, that the connection has ended.
    ///
    /// - Returns: what to call ``remove(_:)`` with.
    @discardableResult
    func add(_ tell: @escaping (PublishingStatus) -> Void, end: @escaping () -> Void) -> Int {
        tell(status)
        guard !hasEnded else {
            end()
            return 0
        }
        nextID += 1
        observers.append((nextID, tell, end))
        return nextID
    }

    func remove(_ id: Int) {
        observers.removeAll { $0.id == id }
    }

    func changed(to status: PublishingStatus) {
        guard status != self.status else { return }
        self.status = status
        for observer in observers { observer.tell(status) }
    }

    func ended() {
        hasEnded = true
        let last = observers
        observers = []
        for observer in last { observer.end() }
    }
}
