"""The mails: name tables for Alertmanager's templates, and samples rendered by a real Alertmanager.

The templates themselves are `alerts/alertmanager/templates/*.tmpl`. What they read of an alert, all
of it Vietnamese text, "" or absent where there is nothing to say:

* always: `rate` ("43,2%"), `target` ("50%"), `gap` ("−6,8", points), `missing` ("155 hồ sơ"), `milestone`
  ("45%"), `required` ("62,0%"), `as_of` ("06:00 16/09/2024"), `period_note`, `summary`, `description`,
  `runbook_url`;
* where known: `counts` ("1.871/2.052 kết quả"), `since` (the day from which it was below, "12/08/2024"; else
  the day the alert began), `read_at` (when the portal was read, shown where it prints no date of its
  own), `met` (of the unit, "3/6" targets met), `communes` ("31/38 xã, thị trấn đạt"), `parts`
  ("37/38 đơn vị có số liệu"), `simulated` ("số liệu mô phỏng").
"""
