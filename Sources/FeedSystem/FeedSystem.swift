import Simulation

/// How long a visit holds a server, and the stream it is drawn from.
struct ServiceLaw {
  var visit: Distribution
  var perUnit: Duration
  var seed: UInt64
}

/// The system under study: real stores, caches and rankers, moved by simulated time.
///
/// One object is one replication and owns all it changes; only the follower graph is shared.
/// `handle` is the whole of what can happen, and each journey's file tells its own story.
///
/// A class because it has over a thousand fields, those of its parts counted: of a value that is
/// not copied the compiler follows each through every function, for a third of its time.
public final class FeedSystem {
  let design: Design
  let audience: Audience
  var traffic: Traffic
  let fanOutContext: FanOutContext
  /// Everybody's plan as the run begins.
  var classes: FanOutClasses
  /// Those of authors whose plan has changed since.
  var plans = PlanHistory()
  /// Whether any timeline can have an entry, and whether it matters who has been active of late.
  var writesTimelines: Bool
  var asksActivity: Bool
  /// Whether posts may be both written and pulled, so that a feed could hold one twice.
  var doublesPosts: Bool
  /// What moves the threshold; nil where none does.
  var control: ThresholdControl?
  /// Nil where posts are never flipped.
  var flash: FlashState?
  let seed: UInt64

  var calendar = Calendar<Event>()
  var tiers: Bank<Tier<Event>>
  var postShards: ShardedTier
  var shardMap: ShardMap
  var objectShards: ShardedTier
  var leafShards: ShardedTier
  let services: [ServiceLaw]
  let roundTrip: Duration
  /// Service time asked for on arrival, by tier; the post store books its own.
  var offered: Bank<Duration>
  /// The first that was asked for more than is counted.
  var tierBeyondCount: TierName?

  /// Nil where every post is like every other.
  let world: World?
  let judged: JudgedPosts?
  var posts: PostStore
  /// Who follows whom: the graph, and what has changed of it.
  var follows: FollowChanges
  var timelines: TimelineStore
  var edits = TimelineEdits()
  /// Unused without `objects`.
  var objects: ObjectStore
  /// Unused without `objects.cache`.
  public internal(set) var objectCaches = ObjectCaches()
  /// Unused without `leafIndex`, like their tailers and whoever asks them.
  var leaves: LeafIndex
  var tailers: Tailers
  var aggregator: Aggregator
  /// In place of the timelines' entries, where deliveries are counted.
  var counted: CountedDeliveries
  var absences = Absences()
  var overwritten: OverwrittenRows
  var feedCache: FeedCache?
  /// Nil without levels of caches.
  let levels: CacheLevels?
  /// The feed cache's own, to be asked without touching the cache; nil without one.
  let cachePolicy: (any CachePolicy)?
  let affinity: AffinityStore
  let ranking: RankingState
  /// Nil where no ranking stage learns.
  public let learning: Learning?
  /// Nil where nothing is tested.
  public let experiment: ExperimentBooks?
  public internal(set) var edge: Edge
  /// Nil where feeds are made only when somebody asks.
  var ahead: AheadState?
  /// Unused where nobody looks at posts.
  public internal(set) var moderation: Moderation
  /// Unused where users may ask for as much as they like.
  public internal(set) var limits: ClientLimits

  /// Calls of the tiers that are guarded; none are where nothing protects or harms one.
  public internal(set) var calls: Calls
  /// What clients do where a request fails; they give up at once where nothing is said.
  public internal(set) var clients: Clients
  /// Unused where nothing ever breaks.
  public internal(set) var faults: Faults
  /// Unused where nobody turns a knob while it runs.
  public internal(set) var controls: Controls
  /// Unused where the audience does nothing of itself, such as passing posts on.
  public internal(set) var crowd: Crowd

  var publications = Pool<PublishRow>()
  var fanOuts = Pool<FanOutRow>()
  var deliveries = Pool<DeliverRow>()
  /// Jobs that have failed for good, by their ids, in the order in which they did.
  var deadLetters: [UInt32] = []
  /// Unused where posts become jobs without one.
  var bus: EventBus
  /// Posts that the bus has dropped.
  var lostPosts: [UInt32] = []
  var rateLimit: RateLimit?
  var loads = Pool<LoadRow>()
  var featureCalls = Pool<FeatureCall>()
  var engagements = Pool<EngageRow>()
  var writeBehind = WriteBehind()
  var counterWrites = Pool<CounterWriteRow>()
  var sessions = Pool<SessionRow>()
  var changes = Pool<ChangeRow>()
  var scripts: [ChangeScript] = []
  var returns = Pool<ReturnRow>()
  /// Unused where clients hear of nothing until they load, and where nobody is notified.
  public internal(set) var live: LiveUpdates
  public internal(set) var notifications: Notifications
  var present: Presence
  var lists: ListPool
  var scratch: Scratch

  var postArrivals: RandomStream
  var authors: RandomStream
  var sessionArrivals: RandomStream
  var changeArrivals: RandomStream
  /// By tier, how many times longer than its service a visit keeps its server; empty unless the
  /// users are one cell of several.
  var holds: [Int] = []
  /// By tier, what is waited for in the whole; none unless the users are one cell of several.
  var cellQueues = Bank<CellQueue>(count: 0) { _ in CellQueue(servers: 1, cells: 1) }
  /// Of the pages that a cell's viewers ask for.
  var pageRate: CellPace
  /// By author, of those whom all cells have; empty without any.
  var starArrivals: [RandomStream] = []
  var changeNumber = 0
  var changesOpened: UInt64 = 0
  var postNumber: UInt64 = 0
  var sessionNumber: UInt64 = 0
  var window: Range<Int64> = 0..<0
  var acceptsArrivals = true

  public internal(set) var measurements = Measurements()
  public internal(set) var fingerprint: UInt64 = 0
  /// Posts of the history that a warm start has filled in.
  var historyCount = 0
  /// Reactions to them, which no association stands for.
  var historyReactions = 0
  /// When the run ended, for its books.
  var stoppedAt = Instant.start

  /// Every tier has as many servers as it needs until `resize`, so that the offered load can be
  /// measured.
  /// - Parameter memory: the thread's timeline buffers, lent for this run.
  public init(
    design: Design, audience: Audience, traffic: Traffic, seed: UInt64, memory: TimelineMemory
  ) throws {
    self.design = design
    self.audience = audience
    self.traffic = traffic
    pageRate = CellPace(traffic)
    self.seed = seed
    fanOutContext = FanOutContext(
      audience: audience, costs: design.fanOutCosts ?? FanOutCosts(),
      loadsPerSession: traffic.sessions.loads, seed: seed)
    classes = FanOutClasses(design.fanOut, on: audience.graph, fanOutContext)
    writesTimelines = classes.writesTimelines
    asksActivity = classes.asksActivity
    doublesPosts = classes.middle == .pushToActiveAndPull
    let context = fanOutContext
    control = design.fanOut.thresholdControl.map { context.control($0) }
    let users = audience.graph.userCount
    tiers = Bank(count: TierName.allCases.count) { index in
      let tier = TierName.allCases[index]
      let hasPriority = tier == .fanOutWorkers && design.pipeline?.priority != nil
      return Tier(
        servers: .max, room: design.settings(of: tier).room, classes: hasPriority ? 2 : 1)
    }
    let postStore = design.settings(of: .postStore)
    postShards = ShardedTier(shards: postStore.shards, replicas: postStore.replicas?.count ?? 0)
    shardMap = ShardMap(postStore, audience.graph.cell)
    objectShards = ShardedTier(shards: design.settings(of: .objectStore).shards)
    leafShards = ShardedTier(shards: design.settings(of: .leafServers).shards)
    offered = Bank(count: TierName.allCases.count) { _ in .zero }
    services = TierName.allCases.map { tier in
      let settings = design.settings(of: tier)
      return ServiceLaw(
        visit: settings.visit, perUnit: settings.perUnit,
        seed: mix64(seed ^ mix64(Purpose.service.rawValue &+ UInt64(tier.rawValue) << 32)))
    }
    roundTrip = design.network.roundTrip
    let world = audience.world.map {
      World(
        $0, seed: seed, habits: traffic.engagementHabits, opens: traffic.opens,
        midnight: traffic.midnight)
    }
    self.world = world
    judged = world.map { _ in JudgedPosts() }
    posts = PostStore(
      users: users,
      expectedPosts: Int(
        audience.activity.postRateTotal * design.timelines.lifetime.seconds * 1.25),
      world: world)
    follows = FollowChanges(audience.graph)
    present = Presence(users: design.live == nil && design.notifications == nil ? 0 : users)
    timelines = try TimelineStore(
      users: users, capacity: design.timelines.capacity,
      trim: TrimLaw(chance: design.timelines.trim, seed: seed), memory: memory)
    objects = ObjectStore(users: design.objects == nil ? 0 : users)
    let leafCount = design.leafIndex?.leaves ?? 1
    leaves = LeafIndex(leaves: leafCount, users: design.leafIndex == nil ? 0 : users)
    tailers = Tailers(leaves: leafCount, tailers: design.leafIndex?.tailer.count ?? leafCount)
    aggregator = Aggregator(leaves: leafCount)
    counted = CountedDeliveries(authors: design.timelines.keep == .counts ? users : 0)
    overwritten = OverwrittenRows(users: design.timelines.tick == nil ? 0 : users)
    levels = CacheLevels(design, audience, seed: seed)
    edge = Edge(design, audience, seed: seed)
    ahead = AheadState(design, audience.activity)
    moderation = Moderation(design.moderation, midnight: traffic.midnight, seed: seed)
    calls = Calls(design, seed: seed)
    clients = Clients(design.clients, users: users)
    faults = Faults(design.faults, users: users)
    controls = Controls(design)
    crowd = Crowd(traffic, design, edge.regions, users: users)
    limits = ClientLimits(design.limits)
    if design.cache.capacity(users: users) > 0 {
      let policy = design.cache.makePolicy(users: users, seed: seed)
      cachePolicy = policy
      feedCache = FeedCache(
        policy: policy, lifetime: design.cache.heldFor, length: design.feed.length,
        filter: design.cache.makeFilter(for: policy), madeAhead: ahead?.made,
        outdated: edge.outdated)
    } else {
      cachePolicy = nil
      feedCache = FeedCache(levels: levels)
    }
    affinity = AffinityStore(seed: seed, world: world)
    ranking = RankingState(design, audience, seed: seed)
    learning = Learning(
      design.trainedStages, audience, traffic.engagementHabits, world: world, seed: seed)
    experiment = design.experiment.map {
      ExperimentBooks($0, worth: world?.settings.worth ?? ActionWorth(), seed: seed)
    }
    lists = ListPool(width: design.candidatesAtMost)
    scratch = Scratch()
    measurements.funnel = FunnelMeasurements(design.ranking)
    live = LiveUpdates(design.live, users: users, page: design.feed.page)
    notifications = Notifications(users: design.notifications == nil ? 0 : users)
    bus = EventBus(
      design.pipeline?.bus ?? BusSettings(), remembers: design.faults.messagesRemembered)
    postArrivals = RandomStream(seed: seed, purpose: Purpose.postArrivals.rawValue)
    authors = RandomStream(seed: seed, purpose: Purpose.author.rawValue)
    sessionArrivals = RandomStream(seed: seed, purpose: Purpose.sessionArrivals.rawValue)
    changeArrivals = RandomStream(seed: seed, purpose: Purpose.changeArrivals.rawValue)
    if let cell = audience.graph.cell, cell.count > 1 {
      holds = TierName.allCases.map { _ in 1 }
    }
    keepHours()
  }

  var now: Instant { calendar.now }
  var nowMilliseconds: Int64 { calendar.now.nanoseconds / 1_000_000 }

  /// Whether something that began now is part of the measurement window.
  var measuring: Bool { window.contains(now.nanoseconds) }

  /// Starts the arrivals; what begins inside `window` is measured.
  public func start(measuring window: Range<Instant>) {
    self.window = window.lowerBound.nanoseconds..<window.upperBound.nanoseconds
    measurements.intervals = Intervals(of: window)
    startClients(window)
    schedulePost()
    startStars()
    scheduleSession()
    for (index, post) in traffic.scripted.enumerated() {
      calendar.schedule(.scriptedPostDue(UInt32(index)), at: post.at)
    }
    startPipeline(opens: window.lowerBound)
    startFollows()
    startWorld()
    startCounters(opens: window.lowerBound)
    startLeaves(opens: window.lowerBound)
    startObjectCaches(window)
    startLive(opens: window.lowerBound)
    startControl()
    experiment?.opens = window.lowerBound
    startLearning(opens: window.lowerBound)
    scheduleTrends()
    startModeration()
    startPrefetching()
    startFaults(opens: window.lowerBound)
    startControls(opens: window.lowerBound)
    startCrowd(opens: window.lowerBound)
    flash = design.flash.map { FlashState($0, window: window) }
  }

  /// Runs every event up to and including `horizon`, and reads the meters of the intervals that
  /// end on the way.
  public func run(until horizon: Instant) {
    while let reading = measurements.intervals.nextReading, reading <= horizon {
      handleEvents(until: reading - Duration(nanoseconds: 1))
      measurements.read(busy: TierName.allCases.map { busyTime($0, until: reading) })
      controls.read(at: reading)
    }
    handleEvents(until: horizon)
  }

  private func handleEvents(until horizon: Instant) {
    while let event = calendar.next(notAfter: horizon) { handle(event) }
  }

  /// Ends the arrivals and lets what is under way finish, until `limit` at the latest.
  public func drain(until limit: Instant) {
    acceptsArrivals = false
    run(until: limit)
    dropExpired()
    measurements.drained = calendar.count == 0
    measurements.spreadBacklog(seed: seed, profile: traffic.posts.profile, window: window)
  }

  @inline(__always)
  private func handle(_ event: Event) {
    fingerprint = mix64(fingerprint ^ UInt64(bitPattern: now.nanoseconds)) &+ event.code
    measurements.events &+= 1
    dispatch(event)
  }

  /// What an event does; a guarded call comes back here with the event of the journey that made it.
  func dispatch(_ event: Event) {
    switch event {
    case .load(let id, let step): load(id, step)
    case .sessionActs(let id): act(id)
    case .deliver(let id, let step): deliver(id, step)
    case .publish(let id, let step): publish(id, step)
    case .engage(let id, let step): engage(id, step)
    case .follow(let id, let step): follow(id, step)
    case .unfollow(let id, let step): unfollow(id, step)
    case .block(let id, let step): block(id, step)
    case .mute(let id, let step): mute(id, step)
    case .changeDue: changeFromAudience()
    case .scriptedChangeDue(let index): changeScripted(Int(index))
    case .regenerated(let id): endRegeneration(id)
    case .live(let id, let step): advanceLive(id, step)
    case .notified(let id): endNotification(id)
    case .edge(let id, let step): advanceEdge(id, step)
    case .ahead(let id, let step): advanceAhead(id, step)
    case .featuresAnswered(let id): endFeatureCall(id)
    case .learn(let index, let step): advanceLearning(index, step)
    case .serverFree(let tier): beginWaiting(Int(tier))
    case .sessionDue: openSession()
    case .postDue: postFromAudience()
    case .replayDue: replayDeadLetters()
    case .countersDue: flushCounters()
    case .counterWritten(let id): endCounterWrite(id)
    case .countersCrash: crashCounters()
    case .tail(let id, let step): tail(id, step)
    case .object(let id, let step): object(id, step)
    case .thresholdDue: moveThreshold()
    case .moderate(let id, let step): moderate(id, step)
    case .call(let id, let step): advanceCall(id, step)
    case .request(let id, let step): advanceRequest(id, step)
    case .fault(let index, let step): advanceFault(index, step)
    case .control(let index, let step): advanceControl(index, step)
    case .crowd(let index, let step): advanceCrowd(index, step)
    case .link(let id, let step): endLost(id, step)
    case .scriptedPostDue(let index): postScripted(Int(index))
    case .starPostDue(let author): postFromStar(author)
    case .serverReleased(let tier): tiers[Int(tier)].depart(at: now)
    }
  }

  // MARK: Visits

  /// Sends a journey to a tier; `event` fires when the service has ended and the answer is
  /// back. Returns the service time; nil when the tier has no room.
  ///
  /// - Parameter line: where it waits; a tier without priorities has only 0.
  @inline(__always)
  func visit(
    _ tier: TierName, for units: Int = 0, key: UInt64, line: Int = 0, then event: Event
  ) -> Duration? {
    visit(tier, service: serviceTime(tier, units: units, key: key), line: line, then: event)
  }

  /// The same where the service time is known.
  @inline(__always)
  func visit(
    _ tier: TierName, service: Duration, line: Int = 0, then event: Event
  ) -> Duration? {
    let service = offer(service, to: tier.rawValue)
    if clients.isUsed { noteService(service, for: event) }
    if calls.guards(tier) { return call(tier, service: service, line: line, then: event) }
    if !holds.isEmpty { return visitPool(tier, service: service, line: line, then: event) }
    switch tiers[tier.rawValue].arrive(event, service: service, at: now, class: line) {
    case .begins(let end):
      calendar.schedule(event, at: end + roundTrip)
      if measuring { measurements.waiting[tier.rawValue].record(.zero) }
      return service
    case .waits(let ticket):
      if clients.cancels { noteWait(event, .line(tier, ticket), service: service) }
      measurements.waitingPeak[tier.rawValue] = max(
        measurements.waitingPeak[tier.rawValue], tiers[tier.rawValue].waiting)
      scheduleBegin(tier.rawValue)
      return service
    case .blocked: return nil
    }
  }

  /// Sends a journey to a shard of the post store, whose service ends a network round trip
  /// before the answer is back.
  func visitPosts(
    shard: Int, replica: Int = 0, for units: Int, key: UInt64
  ) -> ShardVisit {
    let service = serviceTime(.postStore, units: units, key: key &+ UInt64(shard) << 40)
    return visitPosts(shard: shard, replica: replica, service: service)
  }

  func visitPosts(shard: Int, replica: Int = 0, service: Duration) -> ShardVisit {
    let visit = postShards.arrive(
      shard, replica: replica, at: now, service: service, pace: cellPace(at: .postStore))
    if measuring { measurements.waiting[TierName.postStore.rawValue].record(visit.waited) }
    return visit
  }

  @inline(__always)
  func serviceTime(_ tier: TierName, units: Int, key: UInt64) -> Duration {
    let law = services[tier.rawValue]
    var stream = RandomStream(key: law.seed, entity: key)
    return law.visit.sample(&stream) + law.perUnit * units
  }

  @inline(__always)
  func scheduleBegin(_ tier: Int) {
    if let time = tiers[tier].nextBegin() {
      calendar.schedule(.serverFree(UInt8(tier)), at: time)
    }
  }

  private func beginWaiting(_ tier: Int) {
    while let begun = tiers[tier].begin(at: now) {
      calendar.schedule(begun.visitor, at: end(of: begun, at: tier))
      if case .serverReleased = begun.visitor { continue }
      if measuring { measurements.waiting[tier].record(begun.waited) }
    }
    scheduleBegin(tier)
    if bus.isPaused { resumeConsumers() }
  }

  /// Books the end of a visit, at the event that carries its answer back.
  @inline(__always)
  func leave(_ tier: TierName) {
    if calls.guards(tier) || !holds.isEmpty { return }
    tiers[tier.rawValue].depart(at: now - roundTrip)
  }

  // MARK: Fleet

  /// Gives every tier of a cell its servers, from now on.
  ///
  /// - Parameters:
  ///   - fleet: the cell's.
  ///   - holding: by tier, how many times longer than its service a visit keeps its server; empty
  ///     where the cell is all there is.
  ///   - whole: the fleet that the cell's is a part of.
  public func resize(to fleet: Fleet, holding: [Int], of whole: Fleet) {
    if let cell, !holds.isEmpty, !holding.isEmpty {
      holds = holding
      cellQueues = cellQueues(whole, cell)
      postShards.share(
        holding: holding[TierName.postStore.rawValue], of: whole[.postStore], cells: cell.count,
        smoothing: backlogSmoothing)
    }
    resize(to: fleet)
  }

  /// Gives every tier its servers, from now on.
  public func resize(to fleet: Fleet) {
    for tier in TierName.allCases where !tier.isSharded {
      if calls.guards(tier) {
        resize(tier, servers: fleet[tier])
        continue
      }
      tiers[tier.rawValue].resize(servers: fleet[tier], at: now)
      scheduleBegin(tier.rawValue)
    }
    postShards.resize(servers: fleet[.postStore])
    objectShards.resize(servers: fleet[.objectStore])
    leafShards.resize(servers: fleet[.leafServers])
  }

  /// Connections held now, and the seconds that connections were held since the run's start.
  public func connections() -> (held: Int, seconds: Double) {
    live.books.step(to: now)
    return (Int(live.books.held), Double(live.books.area) / 1e9)
  }
}
