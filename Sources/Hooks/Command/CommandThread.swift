import Waiting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The thread that starts a program, feeds it, reads what it says and ends it in time.
///
/// Everything here is confined to that thread.
final class CommandThread {
    /// How long a killed program may take to be gone: one that hangs in the kernel is left to it.
    private static let dyingTime = Duration.seconds(2)
    /// How often time and cancellation are looked at.
    private static let interval: Int32 = 20

    private let command: Command
    private let cancellation: Cancellation
    private let done: @Sendable (HookEnd) -> Void

    private var output = OutputTail()
    private var errors = OutputTail()
    private var written = 0
    private var streams: CommandStreams?
    private var buffer = [UInt8](repeating: 0, count: 16_384)

    private enum Phase {
        case running
        case terminated(HookEnd.Result)
        case killed(HookEnd.Result)
    }

    private init(_ command: Command, _ cancellation: Cancellation, _ done: @escaping @Sendable (HookEnd) -> Void) {
        self.command = command
        self.cancellation = cancellation
        self.done = done
    }

    /// Starts the thread.
    static func start(
        _ command: Command,
        _ cancellation: Cancellation,
        _ done: @escaping @Sendable (HookEnd) -> Void
    ) {
        let result = DetachedThread.start { CommandThread(command, cancellation, done).run() }
        if result != 0 { done(HookEnd(.notStarted("no thread: \(String(cString: strerror(result)))"))) }
    }

    private func run() {
        let started: (process: pid_t, streams: CommandStreams)
        do throws(CommandSpawn.Failure) {
            started = try CommandSpawn(command).start()
        } catch {
            done(HookEnd(.notStarted(error.reason)))
            return
        }
        streams = started.streams
        let (end, isGone) = wait(for: started.process)
        streams?.close()
        done(end)
        // One that hangs in the kernel is waited for without anybody waiting for it.
        if !isGone { reap(started.process) }
    }

    // MARK: Until its end

    private func wait(for process: pid_t) -> (HookEnd, isGone: Bool) {
        var phase = Phase.running
        var deadline = ContinuousClock.now + command.timeout
        while true {
            exchange()
            if hasExited(process) {
                // What it left in the pipes is its own; what its children would add is not waited for.
                drain()
                // Not reaped yet, so that its number is no other group's. Whoever is left of it goes with it.
                kill(-process, SIGKILL)
                let status = reap(process)
                return (end(phase, status), true)
            }
            let now = ContinuousClock.now
            switch phase {
            case .running where cancellation.isSet || now >= deadline:
                kill(-process, SIGTERM)
                phase = .terminated(cancellation.isSet ? .cancelled : .timedOut)
                deadline = now + command.grace
            case .terminated(let result) where now >= deadline:
                kill(-process, SIGKILL)
                phase = .killed(result)
                deadline = now + Self.dyingTime
            case .killed(let result) where now >= deadline:
                return (HookEnd(result, said: said + " (killed, and not gone yet)"), false)
            case .running, .terminated, .killed:
                break
            }
        }
    }

    private func end(_ phase: Phase, _ status: Int32) -> HookEnd {
        switch phase {
        case .terminated(let result), .killed(let result):
            return HookEnd(result, said: said)
        case .running:
            // As WIFEXITED, WEXITSTATUS and WTERMSIG have it, which are macros.
            let signal = status & 0x7F
            if signal != 0 { return HookEnd(.signalled(Int(signal)), said: said) }
            let code = Int(status >> 8 & 0xFF)
            return HookEnd(code == 0 ? .succeeded : .exited(code), said: said)
        }
    }

    private var said: String { errors.bytes.isEmpty ? output.text : errors.text }

    /// Whether it has ended, without taking note of it.
    private func hasExited(_ process: pid_t) -> Bool {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT)
        // Of a child that somebody else has reaped nothing more is to be had.
        if result != 0 { return errno == ECHILD }
        return info.si_signo == SIGCHLD
    }

    @discardableResult
    private func reap(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    // MARK: Streams

    /// Waits a moment for what can be read or written, and does so. What it may do at once is bounded, so that a flood keeps
    /// nobody from looking at the clock.
    private func exchange() {
        guard var streams else { return }
        var polled: [pollfd] = []
        if streams.input >= 0 { polled.append(pollfd(fd: streams.input, events: Int16(POLLOUT), revents: 0)) }
        if streams.output >= 0 { polled.append(pollfd(fd: streams.output, events: Int16(POLLIN), revents: 0)) }
        if streams.errors >= 0 { polled.append(pollfd(fd: streams.errors, events: Int16(POLLIN), revents: 0)) }
        poll(&polled, nfds_t(polled.count), Self.interval)
        for entry in polled where entry.revents != 0 {
            if entry.fd == streams.input { write(&streams) }
            if entry.fd == streams.output, !read(streams.output, into: &output) { streams.closeOutput() }
            if entry.fd == streams.errors, !read(streams.errors, into: &errors) { streams.closeErrors() }
        }
        self.streams = streams
    }

    private func write(_ streams: inout CommandStreams) {
        let count = command.input[written...].withUnsafeBytes { part in
            #if canImport(Darwin)
                Darwin.write(streams.input, part.baseAddress, part.count)
            #elseif canImport(Musl)
                Musl.write(streams.input, part.baseAddress, part.count)
            #else
                Glibc.write(streams.input, part.baseAddress, part.count)
            #endif
        }
        if count > 0 { written += count }
        // One that closes its input wants no more of it.
        let isOver = count < 0 && errno != EAGAIN && errno != EINTR
        if isOver || written == command.input.count { streams.closeInput() }
    }

    /// Reads once.
    ///
    /// - Returns: whether more may come.
    private func read(_ descriptor: Int32, into tail: inout OutputTail) -> Bool {
        let count = buffer.withUnsafeMutableBytes { space in
            #if canImport(Darwin)
                Darwin.read(descriptor, space.baseAddress, space.count)
            #elseif canImport(Musl)
                Musl.read(descriptor, space.baseAddress, space.count)
            #else
                Glibc.read(descriptor, space.baseAddress, space.count)
            #endif
        }
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        tail.append(buffer[..<count])
        return true
    }

    /// Reads what is there: no more than pipes can hold, since children may go on writing.
    private func drain() {
        guard let streams else { return }
        for _ in 0..<64 where streams.output >= 0 { if !isMore(streams.output, into: &output) { break } }
        for _ in 0..<64 where streams.errors >= 0 { if !isMore(streams.errors, into: &errors) { break } }
    }

    private func isMore(_ descriptor: Int32, into tail: inout OutputTail) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0, entry.revents & Int16(POLLIN) != 0 else { return false }
        return read(descriptor, into: &tail)
    }
}
