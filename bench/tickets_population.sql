-- A hotline's last three years up to now ($1), made up: $COUNT calls and tickets, 200 units. In this order; the two
-- halves of the tickets ($HALF is 0 or 1) at the same time, in two sessions.

-- name: prepare
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';

-- name: units
INSERT INTO units (id, name, tier) SELECT 'unit-' || n, '第' || n || '承办单位', 2 FROM generate_series(1, 200) AS n;

-- name: words
-- What people say: 240 places and 60 matters, each told in three ways.
CREATE TABLE bench_places AS
SELECT row_number() OVER () AS id, street || '街道' || village || kind AS place
FROM unnest('{城东,城西,解放,人民,新华,和平,建设,东风,中山,桥北,河西,南湖,北苑,开发区,高新,滨江,老城,站前,工农,红旗}'::text[]) AS street,
     unnest('{幸福,阳光,锦绣,翠苑,金桂,紫荆}'::text[]) AS village, unnest('{花园小区,社区}'::text[]) AS kind;
CREATE TABLE bench_matters AS
SELECT row_number() OVER () AS id, matter || how AS matter
FROM unnest('{路灯不亮,施工噪音扰民,生活垃圾没有清运,自来水停水,下水道堵塞,占道经营,违章停车,井盖破损,公交车晚点,电梯故障,物业收费不合理,拖欠农民工工资,
             违法建设,燃气泄漏,绿化带被毁,油烟扰民,广场舞噪音,医保报销,社保缴费,公积金提取,户口迁移,身份证办理,入学报名,房产证办理,
             退休金认证,残疾证申请,流浪狗伤人,消防通道被占,道路积水,红绿灯故障,网络电信诈骗,快递丢失,超市过期食品,加油站缺斤短两,预付卡退款,培训机构跑路,
             养老院服务,疫苗接种,发票开具,营业执照注销,供暖温度不够,电费异常,断电抢修,水质浑浊,河道污染,工厂排烟,秸秆焚烧,餐饮卫生,
             共享单车乱放,校门口拥堵,老旧小区加装电梯,充电桩安装,楼道堆物,高空抛物,树木遮挡采光,宠物饲养,棋牌室扰民,停车收费,低保申请,临时救助}'::text[]) AS matter,
     unnest(ARRAY['问题，已经反映多次一直没有人处理',
                  '的情况，希望有关部门尽快核实并答复来电人',
                  '，来电人询问应当由哪个部门负责以及办理的流程和所需要的材料']) AS how;

-- name: calls
-- More by day than by night; one in twelve is missed, and a bad day now and then.
INSERT INTO calls (id, node, caller, dialled, started_at, answered_at, ended_at, outcome, missed_reason, category, keys,
                   satisfaction, called_back_at)
SELECT 'bench-' || n || '.1', 'bench', '13' || lpad((floor(power(random(), 2) * 300000000))::text, 9, '0'), '12345',
       at, CASE WHEN answered THEN at + make_interval(secs => 3 + 20 * power(random(), 3)) END,
       at + make_interval(secs => 60 + 300 * random()), CASE WHEN answered THEN 'conversation' ELSE 'missed' END,
       CASE WHEN NOT answered THEN CASE WHEN n % 3 = 0 THEN 'menu' ELSE 'queue' END END, '', '{1}', '1',
       CASE WHEN NOT answered AND n % 2 = 0 THEN at + interval '3 hours' END
FROM (
    SELECT n, random() > CASE WHEN (n / 1000) % 97 = 0 THEN 0.2 ELSE 0.04 END AS answered,
           date_trunc('day', $1::timestamptz - (($COUNT - n) / ($COUNT / 1095.0)) * interval '1 day')
           + make_interval(secs => 86399 * (random() + random() + random()) / 3) AS at
    FROM generate_series(1, $COUNT) AS n
) AS drawn;

-- name: attempts
INSERT INTO unit_attempts (attempt_id, call_id, unit_id, unit_name, post, mode, started_at, answered_at, ended_at, outcome)
SELECT c.id || '-u1', c.id, 'unit-' || 1 + floor(200 * power(random(), 2)), '', 'A', 'join', c.started_at, NULL, c.ended_at,
       (ARRAY['accepted', 'accepted', 'accepted', 'no-answer', 'declined', 'busy', 'no-key', 'cancelled'])[1 + floor(8 * random())]
FROM calls c WHERE random() < 0.15;

-- name: tickets
-- Closed, but for the last thirty days and one in five hundred that never came to an end.
INSERT INTO tickets (number, call_id, profile, status, category, caller_phone, caller_name, content, operator_id, unit_ids,
                     satisfaction, received_at, due_at, next_deadline, closed_at, late, confidential, state)
SELECT number, call_id, 'yixing-2011', status, category, phone, '来电人', content, 'op1001', CASE WHEN status = 'received' THEN '{}' ELSE ARRAY[unit] END,
       CASE WHEN ended THEN satisfaction END, at, due, due,
       CASE WHEN ended THEN at + lasts END, CASE WHEN NOT ended AND due < $1 THEN '{report_by}'::text[] ELSE '{}' END,
       false,
       jsonb_build_object(
           'number', number, 'profile', 'yixing-2011', 'status', status, 'received_at', at, 'answer', NULL,
           'matter', jsonb_build_object('channel', 'phone', 'category', category, 'content', content, 'repeats', (random() * 0.53)::integer,
                                        'caller', '{"name": "", "phone": "", "address": "", "anonymous": false}'::jsonb),
           'assignments', CASE WHEN status = 'received' THEN '[]'::jsonb ELSE jsonb_build_array(
               jsonb_build_object(
                   'unit', unit, 'part', 'lead', 'how', 'direct', 'status', CASE WHEN ended OR status = 'reported' THEN 'reported' ELSE status END,
                   'dispatched_at', at, 'accepted_at', at + interval '3 hours', 'inform_by', at + interval '2 days',
                   'informed_at', CASE WHEN status <> 'dispatched' THEN at + interval '2.2 days' * random() END,
                   'report_by', at + interval '7 days', 'first_report_by', at + interval '7 days',
                   'reported_at', CASE WHEN ended OR status = 'reported' THEN at + lasts * 0.8 END,
                   'redos', (random() * 0.55)::integer, 'urges', '[]'::jsonb, 'supervisions', '[]'::jsonb,
                   'reply', jsonb_build_object('text', content, 'signer', '王局', 'unit', unit, 'handler', '李工'))) END,
           'history', replace('[' || repeat('{"at": "#", "action": "accept", "actor": {"role": "unit", "unit": "unit-1", "person": "duty"}, "why": "", "status": "accepted", "late": []}, ', 7)
                              || '{"at": "#"}]', '#', at::text)::jsonb)
FROM (
    SELECT to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || lpad((n % 1000000)::text, 6, '0') AS number, d.*,
           CASE WHEN ended THEN 'archived' ELSE (ARRAY['received', 'dispatched', 'accepted', 'accepted', 'reported'])[1 + n % 5] END AS status,
           CASE WHEN NOT ended THEN at + interval '7 days' END AS due,
           interval '1 day' + interval '8 days' * power(random(), 2) AS lasts,
           (ARRAY['satisfied', 'satisfied', 'satisfied', 'basically_satisfied', 'dissatisfied', NULL])[1 + floor(6 * random())] AS satisfaction,
           (ARRAY['consult', 'consult', 'consult', 'help_public', 'help_public', 'complaint', 'complaint', 'suggestion', 'help_life'])[1 + floor(9 * random())] AS category,
           'unit-' || 1 + floor(200 * power(random(), 2)) AS unit
    FROM (
        SELECT n, c.id AS call_id, c.started_at AS at, c.caller AS phone,
               NOT (c.started_at > $1::timestamptz - interval '30 days' AND random() < 0.5) AND random() > 0.002 AS ended,
               '来电人反映位于' || p.place || n % 200 || '号' || m.matter
               || '，联系地址' || n % 30 || '幢' || (100 + n % 2400) || '室。' AS content
        FROM (
            SELECT id, started_at, caller, substr(id, 7, length(id) - 8)::integer AS n, 1 + floor(240 * random()) AS place, 1 + floor(180 * power(random(), 1.7)) AS matter
            FROM calls WHERE hashtext(id) & 1 = $HALF OFFSET 0
        ) AS c JOIN bench_places p ON p.id = c.place JOIN bench_matters m ON m.id = c.matter
    ) AS d
) AS t;

-- name: ticket_units
INSERT INTO ticket_units SELECT unit_id, received_at, number FROM tickets, unnest(unit_ids) AS unit_id;

-- name: figures
INSERT INTO ticket_figures SELECT f.* FROM tickets t, figures_of(t) f;

-- name: assignments
INSERT INTO ticket_assignments SELECT a.* FROM tickets t, assignments_of(t) a;

-- name: lists
INSERT INTO ticket_lists SELECT l.* FROM tickets t, lists_of(t) l WHERE t.status <> 'archived';
