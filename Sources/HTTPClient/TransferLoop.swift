import CCurl
import Waiting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs the transfers of one client on one thread, all at the same time.
///
/// Everything here is confined to that thread; only ``TransferQueue`` is shared.
final class TransferLoop {
    private let multi: UnsafeMutableRawPointer
    private let queue: TransferQueue
    private var transfers: [UInt64: Transfer] = [:]
    private var idsByHandle: [UnsafeMutableRawPointer: UInt64] = [:]

    private init(multi: UnsafeMutableRawPointer, queue: TransferQueue) {
        self.multi = multi
        self.queue = queue
    }

    /// Starts the thread. Returns whether the system gave one; if so, the loop owns the multi handle.
    static func start(multi: UnsafeMutableRawPointer, queue: TransferQueue) -> Bool {
        // Nobody else uses it once the thread runs.
        nonisolated(unsafe) let multi = multi
        return DetachedThread.start { TransferLoop(multi: multi, queue: queue).run() } == 0
    }

    private func run() {
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)

        while true {
            let (commands, isStopping) = queue.take()
            for command in commands { obey(command) }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collectFinished()
            if curl_multi_poll(multi, nil, 0, 60_000, nil) != CURLM_OK {
                // Out of memory or of file descriptors: don't spin until that passes.
                usleep(10_000)
            }
        }

        for transfer in transfers.values {
            curl_multi_remove_handle(multi, transfer.handle)
            transfer.fail(.shutDown)
        }
        transfers.removeAll()
        idsByHandle.removeAll()
        let waiting = queue.end()
        curl_multi_cleanup(multi)
        for continuation in waiting { continuation.resume() }
    }

    private func obey(_ command: TransferQueue.Command) {
        switch command {
        case .start(let id, let request, let completion):
            guard let handle = curl_easy_init() else {
                completion.resume(
                    returning: .failure(HTTPClientError(.other, request, detail: "out of memory"))
                )
                return
            }
            let transfer = Transfer(handle: handle, request: request, completion: completion)
            if let failure = transfer.prepare() {
                transfer.fail(failure.code, detail: failure.detail)
                return
            }
            add(transfer, id: id)
        case .cancel(let id):
            guard let transfer = remove(id) else { return }
            transfer.fail(.cancelled)
        }
    }

    private func add(_ transfer: Transfer, id: UInt64) {
        guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            transfer.fail(.other, detail: "the transfer could not be started")
            return
        }
        transfers[id] = transfer
        idsByHandle[transfer.handle] = id
    }

    private func remove(_ id: UInt64) -> Transfer? {
        guard let transfer = transfers.removeValue(forKey: id) else { return nil }
        idsByHandle[transfer.handle] = nil
        curl_multi_remove_handle(multi, transfer.handle)
        return transfer
    }

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            // The message dies with the removal of the handle.
            let result = ccurl_message_result(message)
            guard let id = idsByHandle[handle], let transfer = remove(id) else { continue }
            if transfer.mayRepeat(after: result), transfer.prepare(repeating: true) == nil {
                add(transfer, id: id)
            } else {
                transfer.finish(result)
            }
        }
    }
}
