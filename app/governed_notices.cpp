#include "app/governed_notices.h"

namespace app {

namespace {

operations::ApprovalNotice notice_of(const trust::Approval& approval) {
  operations::ApprovalNotice notice{approval.id.value, approval.action, std::string(trust::name(approval.status)), approval.requested_by.id};
  const auto& last = approval.rejection ? approval.rejection : approval.second ? approval.second : approval.first;
  if (last && approval.status != trust::ApprovalStatus::kExpired) notice.decided_by = last->by.id;
  notice.reason = approval.rejection ? approval.rejection->reason : approval.reason;
  return notice;
}

operations::ExecutionNotice notice_of(const trust::Execution& execution) {
  operations::ExecutionNotice notice{execution.id.value, execution.action, std::string(trust::name(execution.status)), execution.requested_by.id, execution.problem()};
  const auto why = execution.objection;
  notice.waits_for_approval =
      why == trust::Objection::kApprovalRequired || why == trust::Objection::kApprovalForced || why == trust::Objection::kApprovalPending;
  return notice;
}

}  // namespace

void tell_of_governed_actions(trust::ControlPlane& control, operations::Notifications& notifications) {
  control.on_approval([&notifications](const trust::Approval& approval) {
    const auto notice = notice_of(approval);
    const bool asked = approval.status == trust::ApprovalStatus::kPending;
    notifications.tell(asked ? operations::approval_requested(notice) : operations::approval_decided(notice), notice.requested_by);
  });
  control.on_trouble([&notifications](const trust::Execution& execution) {
    if (auto issue = operations::execution_issue(notice_of(execution))) notifications.tell(std::move(*issue), execution.requested_by.id);
  });
}

}  // namespace app
