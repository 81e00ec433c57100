--@ resource subscription

--@ ids
{all_ids('craft\commerce\elements\Subscription')}

--@ document
SELECT e.id, COALESCE(u.reference, '') AS reference,
       CASE WHEN u.isExpired = 1 THEN 'expired' WHEN u.isSuspended = 1 THEN 'suspended' ELSE 'active' END AS status,
       u.userId, u.planId, u.gatewayId, u.orderId, ts(e.dateCreated) AS dateCreated,
       ts(u.nextPaymentDate) AS nextPaymentDate, u.isCanceled AS "isCanceled:bool", u.isSuspended AS "isSuspended:bool", u.isExpired AS "isExpired:bool",
       u.isExpired = 0 AND u.trialDays > 0 AND :now <= datetime(u.dateCreated, '+' || u.trialDays || ' days') AS "onTrial:bool",
       pl.id AS "plan.id", pl.name AS "plan.name", pl.handle AS "plan.handle", us.id AS "subscriber.id", us.username AS "subscriber.username",
       -- The filters of the CMS overlap: a cancelled one may still run.
       CASE WHEN u.isExpired = 0 AND u.isSuspended = 0 AND u.hasStarted = 1 THEN 'active' END AS "@index.status",
       CASE WHEN u.isExpired = 1 AND u.isSuspended = 0 AND u.hasStarted = 1 THEN 'expired' END AS "@index.status",
       CASE WHEN u.isSuspended = 1 THEN 'suspended' END AS "@index.status", CASE WHEN u.isCanceled = 1 THEN 'canceled' END AS "@index.status",
       u.reference AS "@index.reference", u.userId AS "@index.userId", u.planId AS "@index.planId",
       u.reference AS "@words", us.username AS "@words", us.firstName AS "@words", us.lastName AS "@words", pl.name AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_subscriptions u ON u.id = e.id
  LEFT JOIN commerce_plans pl ON pl.id = u.planId
  LEFT JOIN users us ON us.id = u.userId
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Subscription' AND {canonical}

--@ part list
-- id, reference, status, userId, planId, gatewayId, orderId, dateCreated, updatedAt=@updated
--@ part feed
-- +list
--@ part detail
-- +list, nextPaymentDate, isCanceled, isSuspended, isExpired, onTrial, plan.id=plan.id, plan.name=plan.name, plan.handle=plan.handle,
-- subscriber.id=subscriber.id, subscriber.username=subscriber.username

--@ affected elements when class craft\commerce\elements\Subscription
{element_row('craft\commerce\elements\Subscription')}
--@ affected elements_sites when class craft\commerce\elements\Subscription
{site_row('craft\commerce\elements\Subscription')}
--@ affected commerce_subscriptions
SELECT :row_id
--@ affected commerce_plans
SELECT id FROM commerce_subscriptions WHERE planId = :row_id
--@ affected users
SELECT id FROM commerce_subscriptions WHERE userId = :row_id

-- The trial's last second still counts.
--@ due
SELECT id, ends AS instant
  FROM (SELECT id, datetime(dateCreated, '+' || trialDays || ' days', '+1 second') AS ends FROM commerce_subscriptions WHERE trialDays > 0 AND isExpired = 0)
 WHERE ends > :after AND ends <= :until
