"""Words with times become turns that read like a conversation."""

from __future__ import annotations

from recordings.naming import Role
from recordings.transcript import Speech, Turn, Word, text_of, transcript


def words(start_s: float, *parts: str | float) -> tuple[Word, ...]:
    """Words of 0.2 s each, one after the other; a number is a pause in seconds."""
    said = []
    for part in parts:
        if isinstance(part, str):
            said.append(Word(part, start_s, start_s + 0.2, 1.0))
            start_s += 0.2
        else:
            start_s += part
    return tuple(said)


def speech(role: Role, *utterances: tuple[Word, ...]) -> Speech:
    return Speech(role, role, tuple(word for utterance in utterances for word in utterance))


def test_spaces_go_and_pauses_become_punctuation() -> None:
    assert text_of(words(0, "路灯", 0.09, "坏", "了", 0.12, "请", "来", "修", 0.9, "谢谢")) == (
        "路灯坏了，请来修。谢谢。"
    )


def test_questions_end_with_a_question_mark() -> None:
    assert text_of(words(0, "您", "在", "哪里", 0.9, "修", "好", "了", "吗")) == "您在哪里？修好了吗？"
    assert text_of(words(0, "什么", "时候", "能", "修好")) == "什么时候能修好？"
    assert text_of(words(0, "有没有", "跟", "物业", "公司", "反映", "过")) == "有没有跟物业公司反映过？"


def test_statements_with_a_question_word_stay_statements() -> None:
    assert text_of(words(0, "我", "不", "知道", "为什么")) == "我不知道为什么。"
    assert text_of(words(0, "路灯", "还", "没有")) == "路灯还没有。"


def test_a_telephone_number_dictated_in_groups_stays_together() -> None:
    assert text_of(words(0, "一", "三", "八", 0.5, "零零", "零零", 0.6, "一二", "三四")) == "13800001234。"


def test_a_pause_after_a_number_is_a_pause_when_no_digit_follows() -> None:
    assert text_of(words(0, "一一零", 0.5, "快", "来")) == "110，快来。"


def test_turns_are_in_the_order_in_which_the_parties_began() -> None:
    citizen = speech("citizen", words(0.0, "你好"), words(6.0, "在", "人民路"))
    operator = speech("operator", words(2.0, "请", "讲"), words(9.0, "好", "的"))
    assert transcript([operator, citizen]) == (
        Turn("citizen", "citizen", 0.0, 0.2, "你好。"),
        Turn("operator", "operator", 2.0, 2.4, "请讲。"),
        Turn("citizen", "citizen", 6.0, 6.4, "在人民路。"),
        Turn("operator", "operator", 9.0, 9.4, "好的。"),
    )


def test_a_word_thrown_in_does_not_cut_the_turn_of_who_is_speaking() -> None:
    citizen = speech("citizen", words(0.0, "我", "家", "门口", "的", "路灯", "坏", "了"))
    operator = speech("operator", words(0.5, "嗯"))
    assert [(turn.role, turn.text) for turn in transcript([citizen, operator])] == [
        ("citizen", "我家门口的路灯坏了。"),
        ("operator", "嗯。"),
    ]


def test_somebody_answering_in_a_pause_begins_a_new_turn() -> None:
    citizen = speech("citizen", words(0.0, "喂", 1.5, "听得到"))
    operator = speech("operator", words(0.8, "您好"))
    assert [turn.role for turn in transcript([citizen, operator])] == ["citizen", "operator", "citizen"]


def test_a_pause_that_nobody_fills_does_not_end_a_turn_until_it_is_long() -> None:
    assert len(transcript([speech("citizen", words(0.0, "喂", 3.0, "喂"))])) == 1
    assert len(transcript([speech("citizen", words(0.0, "喂", 5.0, "喂"))])) == 2


def test_two_units_are_two_speakers() -> None:
    one = Speech("unit", "unit-1", words(0.0, "你好"))
    two = Speech("unit", "unit-2", words(1.0, "你好"))
    assert [turn.name for turn in transcript([one, two])] == ["unit-1", "unit-2"]


def test_times_are_rounded_to_hundredths() -> None:
    (turn,) = transcript([Speech("citizen", "citizen", (Word("喂", 1.23456, 2.98765, 1.0),))])
    assert (turn.start, turn.end) == (1.23, 2.99)
    assert turn.as_json() == {
        "role": "citizen",
        "name": "citizen",
        "start": 1.23,
        "end": 2.99,
        "text": "喂。",
    }


def test_marks_for_noise_are_not_said_and_silence_has_no_turns() -> None:
    assert transcript([speech("citizen", words(0.0, "[SPK]", "<UNK>")), speech("operator")]) == ()
