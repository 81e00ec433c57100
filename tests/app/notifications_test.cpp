// Who is told what, when, and what becomes of it (contract craft-agents-governance 6.5), with channels and time that a test moves.
#include <deque>

#include "app/operations/mail_message.h"
#include "app/operations/outbox.h"
#include "app/operations/watch.h"
#include "app/operations/webhook_channel.h"
#include "engine/base/text_codec.h"
#include "tests/app/operations_stage.h"
#include "tests/delivery/stage.h"

namespace app::operations {
namespace {

using engine::Errc;

/// Answers as told, success where nothing is left to tell.
struct ScriptedChannel final : NotificationChannel {
  std::deque<engine::Result<void>> answers;
  std::vector<NotificationRow> seen;
  engine::Task<engine::Result<void>> deliver(const NotificationRow& row) override {
    seen.push_back(row);
    if (answers.empty()) co_return engine::ok();
    auto answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
};

struct NotificationStage : test::OperationsStage {
  ScriptedChannel email, webhook;
  std::optional<Outbox> outbox;

  NotificationStage() {
    auto& notifications = operations_config.notifications;
    notifications.enabled = true;
    notifications.recipients = {"ops@example.test"};
    notifications.smtp.host = "mail.example.test";
    notifications.smtp.from = "millrace@example.test";
  }
  void open() {
    start();
    outbox.emplace(operations->notification_log(), Outbox::Channels{&email, &webhook}, timers, operations->redactor(), loop.get_executor());
  }
  void send() {
    auto future = asio::co_spawn(loop, outbox->send_due(), asio::use_future);
    settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    const auto sent = future.get();
    ASSERT_TRUE(sent) << sent.error().detail;
  }
  std::size_t queue(const Notification& notification) {
    const auto queued = operations->notifications().queue(notification);
    EXPECT_TRUE(queued) << queued.error().detail;
    return queued.value_or(99);
  }
  std::vector<NotificationRow> rows() { return *operations->notification_log().recent(100); }
};

const ApprovalNotice kApproval{321, "entry.updatedraft", "pending", "writer", {}, {}};

TEST_F(NotificationStage, OneMatterIsToldOnceWhileItsWindowLasts) {
  open();
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  EXPECT_EQ(queue(approval_requested(kApproval)), 0u);
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(name(rows()[0].event), "approval_requested");
  EXPECT_EQ(name(rows()[0].status), "queued");
  EXPECT_EQ(rows()[0].fingerprint, "approval-requested:321");
  EXPECT_TRUE(rows()[0].subject.starts_with("[Agents] ")) << rows()[0].subject;
  send();
  EXPECT_EQ(queue(approval_requested(kApproval)), 0u) << "sent counts, too";
  timers.advance(std::chrono::seconds(86'399));
  EXPECT_EQ(queue(approval_requested(kApproval)), 0u);
  timers.advance(std::chrono::seconds(1));
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
}

TEST_F(NotificationStage, WindowsAreThoseOfTheContract) {
  EXPECT_EQ(quiet_time(NotificationEvent::kApprovalRequested).count(), 86'400);
  EXPECT_EQ(quiet_time(NotificationEvent::kApprovalDecided).count(), 86'400);
  EXPECT_EQ(quiet_time(NotificationEvent::kExecutionIssue).count(), 86'400);
  EXPECT_EQ(quiet_time(NotificationEvent::kWebhookDeadLetter).count(), 21'600);
  EXPECT_EQ(quiet_time(NotificationEvent::kStatusChanged).count(), 1'800);
}

TEST_F(NotificationStage, ThreeAttemptsThenFailedAndAFailedOneIsToldAgain) {
  open();
  for (int i = 0; i < 3; ++i) email.answers.push_back(engine::fail(Errc::kUnavailable, "refused: password=hidden"));
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  send();
  send();  // not due yet
  ASSERT_EQ(email.seen.size(), 1u);
  EXPECT_EQ(rows()[0].attempts, 1u);
  EXPECT_EQ(name(rows()[0].status), "queued");
  EXPECT_EQ(rows()[0].error, "refused: password=[redacted]");
  timers.advance(std::chrono::seconds(30));
  send();
  timers.advance(std::chrono::seconds(120));
  send();
  ASSERT_EQ(email.seen.size(), 3u);
  EXPECT_EQ(name(rows()[0].status), "failed");
  EXPECT_FALSE(rows()[0].sent);
  EXPECT_EQ(operations->notification_log().waiting(), 0u);
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  send();
  EXPECT_EQ(name(rows()[0].status), "sent");
  EXPECT_EQ(rows()[0].sent, rows()[0].last_attempt);
}

TEST_F(NotificationStage, AMessageWhoseChannelIsGoneFailsAtOnce) {
  open();
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  outbox.emplace(operations->notification_log(), Outbox::Channels{nullptr, &webhook}, timers, operations->redactor(), loop.get_executor());
  send();
  EXPECT_EQ(name(rows()[0].status), "failed");
  EXPECT_EQ(rows()[0].attempts, 0u);
  EXPECT_FALSE(rows()[0].last_attempt);
  EXPECT_EQ(operations->notification_log().waiting(), 0u);
}

TEST_F(NotificationStage, WhatIsQueuedOutlivesTheProcess) {
  open();
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  outbox.reset();
  operations.reset();
  open();
  EXPECT_EQ(operations->notification_log().waiting(), 1u);
  EXPECT_EQ(queue(approval_requested(kApproval)), 0u);
  send();
  EXPECT_EQ(email.seen.size(), 1u);
}

TEST_F(NotificationStage, NothingIsQueuedWhereNobodyWantsIt) {
  operations_config.notifications.approval_requested = false;
  open();
  EXPECT_EQ(queue(approval_requested(kApproval)), 0u);
  EXPECT_EQ(queue(status_changed(std::nullopt, Level::kWarn, {})), 1u);
  operations_config.notifications.enabled = false;
  open();
  EXPECT_EQ(queue(status_changed(Level::kWarn, Level::kCritical, {})), 0u);
  operations_config.notifications = {};
  operations_config.notifications.enabled = true;  // nobody to tell
  open();
  EXPECT_EQ(queue(status_changed(Level::kWarn, Level::kOk, {})), 0u);
}

TEST_F(NotificationStage, TheRequestersRecipientsReplaceTheGlobalOnes) {
  trust::ManagedCredential writer;
  writer.handle = "writer";
  writer.approval_recipients = {"Anna@example.test", "not an address", "anna@example.test", "zoe@example.test"};
  managed.push_back(writer);
  open();
  operations->notifications().tell(approval_requested(kApproval), "writer");
  std::vector<std::string> told;
  for (const auto& row : rows()) told.push_back(row.recipient);
  EXPECT_EQ(told, (std::vector<std::string>{"zoe@example.test", "anna@example.test"}));
  auto other = kApproval;
  other.id = 322;
  operations->notifications().tell(approval_requested(other), "cp:admin");
  EXPECT_EQ(rows()[0].recipient, "ops@example.test");
}

TEST_F(NotificationStage, AFullQueueRefusesAndLosesNothing) {
  open();
  auto& log = operations->notification_log();
  for (std::size_t i = 0; i < NotificationLog::kMostWaiting; ++i) {
    auto notice = kApproval;
    notice.id = 1000 + i;
    ASSERT_EQ(queue(approval_requested(notice)), 1u);
  }
  const auto refused = operations->notifications().queue(approval_requested(kApproval));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFull);
  EXPECT_EQ(log.waiting(), NotificationLog::kMostWaiting);
  // The monitor's state waits with its message.
  feed::Checkpoint stale;
  stale.integration = "bot";
  stale.resource = "entries";
  stale.at = timers.wall_now() - std::chrono::hours(1);
  ASSERT_TRUE(checkpoints->record(stale, timers.wall_now()));
  EXPECT_FALSE(operations->check_status());
  for (int i = 0; i < 20; ++i) send();
  const auto again = operations->check_status();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->notified) << "the change was not lost";
  EXPECT_EQ(again->now, Level::kCritical);
}

TEST_F(NotificationStage, ExecutionsAreToldOfUnlessTheyOnlyWait) {
  ExecutionNotice notice{5, "entry.updatedraft", "blocked", "writer", "outside its boundary", false};
  EXPECT_EQ(execution_issue(notice)->fingerprint, "execution-issue:5:blocked");
  notice.waits_for_approval = true;
  EXPECT_FALSE(execution_issue(notice));
  notice.status = "failed";
  EXPECT_TRUE(execution_issue(notice));
  notice.status = "succeeded";
  EXPECT_FALSE(execution_issue(notice));
}

TEST_F(NotificationStage, EachNewDeadLetterIsToldOnce) {
  delivery::DeadLetter letter;
  letter.event_id = feed::EventId{1};
  letter.key = {"entry", "1"};
  letter.endpoint = "default";
  letter.payload = "{}";
  ASSERT_TRUE(letters->record_failure(letter));
  open();
  EXPECT_EQ(*operations->tell_of_dead_letters(), 0u) << "what was there before is history";
  letter.event_id = feed::EventId{2};
  ASSERT_TRUE(letters->record_failure(letter));
  EXPECT_EQ(*operations->tell_of_dead_letters(), 1u);
  EXPECT_EQ(name(rows()[0].event), "webhook_dlq_failed");
  EXPECT_TRUE(rows()[0].fingerprint.starts_with("webhook-dlq:evt_"));
  operations.reset();
  open();
  EXPECT_EQ(*operations->tell_of_dead_letters(), 0u);
}

TEST_F(NotificationStage, TheMonitorTellsOfChangesOnly) {
  open();
  auto run = operations->check_status();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->monitor, "system-status");
  EXPECT_TRUE(run->changed);
  EXPECT_FALSE(run->notified) << "the first look finds nothing wrong";
  for (int i = 0; i < 7; ++i) get("/health", "wrong");
  run = operations->check_status();
  EXPECT_EQ(run->before, Level::kOk);
  EXPECT_EQ(run->now, Level::kWarn);
  EXPECT_EQ(run->queued, 1u);
  EXPECT_EQ(rows()[0].fingerprint, "system-status:warn");
  EXPECT_NE(rows()[0].subject.find("degraded"), std::string::npos);
  EXPECT_EQ(operations->check_status()->queued, 0u);
  timers.advance(std::chrono::hours(2));
  run = operations->check_status();
  EXPECT_EQ(run->now, Level::kOk);
  EXPECT_NE(rows()[0].subject.find("recovered"), std::string::npos);
  EXPECT_EQ(at(run->snapshot, "/status"), "ok");
  EXPECT_EQ(**operations->monitor().last_snapshot(), run->snapshot);
}

TEST_F(NotificationStage, TheRoundsSendByThemselves) {
  open();
  Watch watch(*operations, *outbox, timers, loop.get_executor());
  asio::co_spawn(loop, watch.run(), asio::detached);
  timers.run_for(loop, std::chrono::seconds(6));
  for (int i = 0; i < 7; ++i) get("/health", "wrong");
  timers.run_for(loop, std::chrono::seconds(70));
  ASSERT_EQ(email.seen.size(), 1u);
  EXPECT_EQ(email.seen[0].fingerprint, "system-status:warn");
  EXPECT_EQ(name(rows()[0].status), "sent");
  watch.stop();
  timers.run_for(loop, std::chrono::seconds(6));
  EXPECT_EQ(timers.sleepers(), 0u);
}

TEST_F(NotificationStage, TheWebhookIsSignedAndItsAnswerCounts) {
  auto& notifications = operations_config.notifications;
  notifications.recipients.clear();
  notifications.webhook_url = "https://hooks.example.test/in";
  notifications.webhook_secret = engine::Secret(test::kSecret);
  open();
  test::ScriptedTransport transport(timers, [n = 0](const test::Arrival&) mutable { return test::answers(n++ == 0 ? 500 : 204); });
  WebhookChannel channel(transport, *engine::net::parse_url(notifications.webhook_url), notifications.webhook_secret, timers);
  outbox.emplace(operations->notification_log(), Outbox::Channels{nullptr, &channel}, timers, operations->redactor(), loop.get_executor());
  EXPECT_EQ(queue(approval_requested(kApproval)), 1u);
  send();
  EXPECT_EQ(rows()[0].error, "the receiver answered 500");
  timers.advance(std::chrono::seconds(30));
  send();
  EXPECT_EQ(name(rows()[0].status), "sent");
  ASSERT_EQ(transport.arrivals.size(), 2u);
  const auto& arrival = transport.arrivals.back();
  EXPECT_EQ(at(arrival.body, "/event"), "approval_requested");
  EXPECT_EQ(at(arrival.body, "/data/approvalId"), "321");
  const auto mac = engine::crypto::HmacSha256(engine::Secret(test::kSecret)).sign({arrival.timestamp, ".", arrival.body});
  EXPECT_EQ(arrival.signature, "sha256=" + engine::to_hex(engine::crypto::bytes_of(mac)));
}

TEST(NotificationRowBytes, ComeBackAsTheyWereAndDamageIsSeen) {
  NotificationRow row;
  row.id = NotificationId{7};
  row.event = NotificationEvent::kExecutionIssue;
  row.channel = Channel::kWebhook;
  row.status = NotificationStatus::kFailed;
  row.fingerprint = "f";
  row.recipient = "webhook";
  row.subject = "s";
  row.body = std::string(300, 'b');
  row.payload = "{}";
  row.error = "e";
  row.attempts = 3;
  row.due = row.created = row.updated = engine::WallTime(std::chrono::seconds(1'772'618'400));
  row.last_attempt = row.created;
  const auto bytes = encode_notification(row);
  EXPECT_EQ(*decode_notification(row.id, bytes), row);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_notification(row.id, std::string_view(bytes).substr(0, n))) << n;
  EXPECT_FALSE(decode_notification(row.id, bytes + "x"));
  EXPECT_EQ(decode_notification(row.id, "\x02" + bytes.substr(1)).error().code, Errc::kUnsupported);
}

TEST(MailMessage, IsOneHeaderBlockWhateverTheSubject) {
  const engine::WallTime now(std::chrono::seconds(1'772'618'400));
  const auto plain = compose({"a@example.test", "b@example.test", "[Agents] Status", "line one\nline two\n", "n-1"}, now);
  EXPECT_NE(plain.find("Date: Wed, 04 Mar 2026 10:00:00 +0000\r\n"), std::string::npos) << plain;
  EXPECT_NE(plain.find("Subject: [Agents] Status\r\n"), std::string::npos);
  EXPECT_NE(plain.find("Message-ID: <n-1@example.test>\r\n"), std::string::npos);
  const auto body = plain.substr(plain.find("\r\n\r\n") + 4);
  EXPECT_EQ(*engine::from_base64(body.substr(0, body.find('\r'))), "line one\nline two\n");
  const auto odd = compose({"a@example.test", "b@example.test", "Größe\r\nBcc: eve@example.test", "", "n-1"}, now);
  EXPECT_EQ(odd.find("\r\nBcc:"), std::string::npos) << odd;
  EXPECT_NE(odd.find("Subject: =?UTF-8?B?"), std::string::npos);
  for (std::size_t at = 0; at < odd.size(); at = odd.find('\n', at) + 1) EXPECT_LE(odd.find('\n', at) - at, 79u);
}

TEST(Recipients, AreNormalised) {
  EXPECT_EQ(normal_recipients({"A@x.test; b@x.test,\nc@x.test", "a@x.test", "nobody", "x@y@z", "two words@x.test", "evil@x.test\r\nBcc: y"}),
            (std::vector<std::string>{"a@x.test", "b@x.test", "c@x.test", "evil@x.test"}));
}

}  // namespace
}  // namespace app::operations
